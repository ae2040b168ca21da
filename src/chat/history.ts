import type { ChatMessage } from '../contract/chat.ts'
import type { StoredMessage } from './chat-store.ts'

/** What one answer to a joining page may hold; the page's outbox must take it. */
const ANSWER_BYTES = 96 * 1024

type Kept = { readonly message: StoredMessage; readonly json: string; removed: boolean }

/** The newest messages of a room, as they are sent: each is serialised once. */
export class History {
  readonly #size: number
  #kept: Kept[] = []
  /** All above this one are here, but for removed ones. */
  #completeAfter: number

  /** @param size messages that are kept @param messages oldest first @param full whether there may be older ones */
  constructor(size: number, messages: readonly StoredMessage[], full: boolean, seq: number) {
    this.#size = size
    this.#kept = messages.map((message) => ({ message, json: jsonOf(message), removed: false }))
    this.#completeAfter = full ? (messages[0]?.seq ?? seq + 1) - 1 : 0
  }

  /** @returns the message as everybody sees it */
  push(message: StoredMessage): string {
    const json = jsonOf(message)
    this.#kept.push({ message, json, removed: false })
    // Twice the size before it is cut, so that cutting is rare.
    if (this.#kept.length >= this.#size * 2) {
      this.#kept = this.#kept.slice(-this.#size)
      this.#completeAfter = (this.#kept[0]?.message.seq ?? 1) - 1
    }
    return json
  }

  /** Those that a joining page sees. */
  newest(count: number): readonly string[] {
    return this.#seen(count, 0).json
  }

  /** What a page missed that has all up to `after`. Undefined: more than is kept, or than one answer may hold. */
  since(after: number): readonly string[] | undefined {
    if (after < this.#completeAfter) return undefined
    const { json, all } = this.#seen(this.#size, after)
    return all ? json : undefined
  }

  /** Those up to `after` that are out of sight: a page that was away has them still. */
  removedUpTo(after: number): readonly number[] {
    return this.#kept
      .filter(({ message, removed }) => removed && message.seq <= after)
      .map(({ message }) => message.seq)
  }

  find(seq: number): StoredMessage | undefined {
    return this.#kept.find(({ message }) => message.seq === seq)?.message
  }

  /** A message that everybody can see. */
  shown(seq: number): StoredMessage | undefined {
    return this.#kept.find(({ message, removed }) => message.seq === seq && !removed)?.message
  }

  /** Marks as removed, or as to be seen again. @returns those that are kept here */
  mark(seqs: readonly number[], removed: boolean): readonly number[] {
    const wanted = new Set(seqs)
    const found = this.#kept.filter(({ message }) => wanted.has(message.seq))
    for (const kept of found) kept.removed = removed
    return found.map(({ message }) => message.seq)
  }

  /** The newest message of a person, for what is known of them. */
  lastOf(personId: string): StoredMessage | undefined {
    return this.#kept.findLast(({ message }) => message.personId === personId)?.message
  }

  /** Sequence numbers of a person's messages that are to be seen. */
  seqsOf(personId: string): readonly number[] {
    return this.#kept
      .filter(({ message, removed }) => message.personId === personId && !removed)
      .map(({ message }) => message.seq)
  }

  #seen(count: number, after: number): { json: string[]; all: boolean } {
    const json: string[] = []
    let bytes = 0
    for (let at = this.#kept.length - 1; at >= 0; at--) {
      const kept = this.#kept[at]
      if (kept === undefined || kept.message.seq <= after) break
      if (kept.removed) continue
      bytes += kept.json.length * 3
      if (json.length >= count || bytes > ANSWER_BYTES) return { json: json.reverse(), all: false }
      json.push(kept.json)
    }
    return { json: json.reverse(), all: true }
  }
}

export function chatMessage({ seq, personId, name, role, text, atMs, replyTo }: StoredMessage): ChatMessage {
  const message = { seq, from: { id: personId, name, role }, text, at: new Date(atMs).toISOString() }
  if (replyTo === undefined) return message
  return { ...message, replyTo: { seq: replyTo.seq, from: { id: replyTo.personId, name: replyTo.name } } }
}

function jsonOf(message: StoredMessage): string {
  return JSON.stringify(chatMessage(message))
}
