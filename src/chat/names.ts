import { mixesScripts, skeletons } from '../base/look-alikes.ts'
import { plainText } from '../base/plain-text.ts'
import { NAME_LENGTH } from '../contract/chat-limits.ts'

/** Words that say somebody speaks for the organisation, in the languages of our page; `chat.reservedNames` adds to them. */
const RESERVED = [
  ...['admin', 'admins', 'administrator', 'administrators', 'mod', 'mods', 'moderator', 'moderators', 'moderation'],
  ...['host', 'hosts', 'owner', 'operator', 'staff', 'team', 'support', 'official', 'system', 'server', 'root'],
  ...['streamhost', 'streamer', 'broadcaster', 'bot'],
  ...[
    'administration',
    'administratorin',
    'moderatorin',
    'gastgeber',
    'gastgeberin',
    'leitung',
    'offiziell',
    'betreiber',
  ],
]

/** A name as everybody may see it, and what it looks like. */
export type Name = { readonly text: string; readonly looks: readonly string[] }

/** @returns undefined for what can't be a name: empty, too long, of nothing but signs, of scripts that pass for each other */
export function readName(input: string, longest = NAME_LENGTH): Name | undefined {
  const text = plainText(input, 'NFKC')
  if (text.length === 0 || text.length > longest) return undefined
  if (!/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(text) || mixesScripts(text)) return undefined
  return { text, looks: skeletons(text) }
}

/** Names that guests can't have. */
export class ReservedNames {
  readonly #looks: ReadonlySet<string>

  /** @param more the operator's: `chat.reservedNames`, the server's name */
  constructor(more: readonly string[] = []) {
    this.#looks = new Set([...RESERVED, ...more].flatMap((word) => skeletons(plainText(word, 'NFKC'))))
  }

  /** Whether the whole name, a word of it, or the name without its number looks like a reserved one. @param also of this room: the channel's title */
  has(name: Name, also: readonly string[] = []): boolean {
    const others = new Set(also.flatMap((each) => skeletons(plainText(each, 'NFKC'))))
    const words = name.text.split(/[^\p{L}\p{N}\p{M}@!|$€]+/u).filter((word) => word !== '')
    const unnumbered = name.text.replace(/[\p{N}\p{P}\p{Z}\p{S}]+$/u, '')
    const looks = [...name.looks, ...[...words, unnumbered].flatMap((word) => skeletons(word))]
    return looks.some((look) => this.#looks.has(look) || others.has(look))
  }
}
