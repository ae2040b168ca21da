import type { Letter } from '../accounts/people/mail.ts'
import { german } from './letters-de.ts'
import { english } from './letters-en.ts'
import type { Words } from './words.ts'

export type Text = { readonly subject: string; readonly body: string }

/** As it is sent: plain text, which every program shows and nothing hides in. */
export function textOf(letter: Letter, site: string, locale: string | null): Text {
  const words: Words = locale?.toLowerCase().split('-', 1)[0] === 'de' ? german : english
  const { subject, lines } = words(letter, site)
  return { subject, body: `${lines.join('\n\n')}\n\n-- \n${site}\n` }
}
