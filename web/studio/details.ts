import { locale } from '../words/locale.ts'
import { words } from '../words/studio.ts'

/** What the server takes at most (`ChannelChange` of the contract). */
export const TITLE_LENGTH = 120
export const DESCRIPTION_LENGTH = 2000
export const MAX_TAGS = 10
export const TAG_LENGTH = 30
export const MAX_MINUTES = 1440

/** Languages to choose from; any other can be written. */
const OFFERED =
  'ar bg bn ca cs da de el en es et eu fa fi fr ga he hi hr hu id is it ja ko lt lv mt nb nl pl pt ro ru sk sl sq sr sv sw ta th tr uk ur vi zh'

/** By their names in the reader's language, in its order. */
export function languageChoices(): readonly { readonly tag: string; readonly name: string }[] {
  const names = new Intl.DisplayNames([locale()], { type: 'language' })
  const choices = OFFERED.split(' ').map((tag) => ({ tag, name: names.of(tag) ?? tag }))
  return choices.sort((a, b) => a.name.localeCompare(b.name, locale()))
}

/** Whether a text has the form of BCP 47. */
export function isLanguage(tag: string): boolean {
  try {
    return tag !== '' && Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

/** "music, choir ,,music" → music, choir. */
export function tagsOf(text: string): string[] {
  const tags = text.split(/[,،、;\n]/u).map((tag) => tag.trim().replace(/^#/, ''))
  return [...new Set(tags.filter((tag) => tag !== ''))]
}

export function tagFault(tags: readonly string[]): string {
  const w = words.studio.details
  if (tags.length > MAX_TAGS) return w.tagsMany(MAX_TAGS)
  return tags.some((tag) => tag.length > TAG_LENGTH) ? w.tagsLong(TAG_LENGTH) : ''
}

/** A moment as `<input type="datetime-local">` has it, where the reader is. */
export function localMinute(iso: string): string {
  const date = new Date(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`
}
