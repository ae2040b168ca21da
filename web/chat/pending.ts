import type { ChatMessage, ChatRefusal } from '../../src/contract/chat.ts'

/** A message of this page that the room has not shown yet. */
export type Pending = {
  /** The page's own number. */
  readonly id: number
  readonly text: string
  /** `sent`: the server took it as `seq`; it stays until it comes with the others, in its order. */
  readonly state: 'sending' | 'sent' | 'failed'
  readonly seq: number | null
  /** The newest `seq` when it was written: what is older can't be it. */
  readonly afterSeq: number
  /** How often it went out. */
  readonly tries: number
  readonly reason: ChatRefusal | null
  /** The `seq` of what it answers. */
  readonly replyTo: number | undefined
}

/** The server may have tidied up blanks and the form of letters. */
const plain = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim()

/** Those that are not among the person's own messages in `arrived`; each message stands for one of them. */
export function notYetShown(
  pending: readonly Pending[],
  arrived: readonly ChatMessage[],
  mine: string,
): readonly Pending[] {
  let left = pending
  for (const { seq, from, text } of arrived) {
    if (left.length === 0) break
    if (from.id !== mine) continue
    const same =
      left.find((one) => one.seq === seq) ??
      left.find((one) => one.seq === null && seq > one.afterSeq && plain(one.text) === plain(text))
    if (same !== undefined) left = left.filter((one) => one !== same)
  }
  return left
}
