import { NAME_LENGTH } from '../../src/contract/chat-limits.ts'
import type { Shown } from './messages.ts'

const mostOffered = 6

/** A name that is being written: where its "@" stands, and what is behind it. */
export type Mention = { readonly at: number; readonly query: string }

/** The "@" that the caret is behind, if it begins a word. Names may have blanks, so that what follows may too. */
export function mentionAt(text: string, caret: number): Mention | null {
  const at = text.lastIndexOf('@', caret - 1)
  if (at < 0 || caret <= at || /\S/.test(text[at - 1] ?? '')) return null
  const query = text.slice(at + 1, caret)
  return query.length > NAME_LENGTH || query.startsWith(' ') ? null : { at, query }
}

/** Those who wrote here and whose name, or a word of it, begins like that; who wrote last comes first. @param me left out */
export function namesFor(query: string, messages: readonly Shown[], me: string | undefined): string[] {
  const begun = query.toLocaleLowerCase()
  const names = new Set<string>()
  for (const { from, removed } of messages.toReversed()) {
    if (removed || from.name === '' || from.id === me) continue
    const name = from.name.toLocaleLowerCase()
    if (name.startsWith(begun) || name.includes(` ${begun}`)) names.add(from.name)
    if (names.size === mostOffered) break
  }
  return [...names]
}

/** The text with the name in the place of what was begun, and where the caret goes on. */
export function withMention(
  text: string,
  caret: number,
  { at }: Mention,
  name: string,
): { text: string; caret: number } {
  const before = `${text.slice(0, at)}@${name} `
  return { text: before + text.slice(caret).replace(/^ /, ''), caret: before.length }
}
