import type { ChatMessage } from '../../src/contract/chat.ts'

/** A message as this page shows it. */
export type Shown = ChatMessage & { readonly removed: boolean }

/** Adds messages in their order; what is there already is replaced, so nothing ever appears twice. */
export function withMessages(shown: readonly Shown[], more: readonly ChatMessage[]): readonly Shown[] {
  if (more.length === 0) return shown
  const fresh = more.map((message) => ({ ...message, removed: false }))
  const newest = shown.at(-1)?.seq ?? 0
  if (fresh.every(({ seq }, i) => seq > (i === 0 ? newest : (fresh[i - 1]?.seq ?? 0)))) return [...shown, ...fresh]
  const bySeq = new Map([...shown, ...fresh].map((message) => [message.seq, message]))
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

export function withoutMessages(shown: readonly Shown[], seqs: readonly number[]): readonly Shown[] {
  const gone = new Set(seqs)
  return shown.map((message) => (gone.has(message.seq) ? { ...message, removed: true } : message))
}

/** One line of the log. */
export type Row =
  | { readonly kind: 'time'; readonly key: string; readonly at: string }
  /** Removed messages that stood together. */
  | { readonly kind: 'gone'; readonly key: string; readonly count: number }
  | { readonly kind: 'message'; readonly key: string; readonly message: Shown }

/** Silence that draws a line with the time. */
const silenceMs = 10 * 60_000

export function rowsOf(shown: readonly Shown[]): Row[] {
  const rows: Row[] = []
  let lastMs: number | null = null
  for (const message of shown) {
    const atMs = Date.parse(message.at)
    if (lastMs !== null && atMs - lastMs >= silenceMs) {
      rows.push({ kind: 'time', key: `t${message.seq}`, at: message.at })
    }
    lastMs = atMs
    const last = rows.at(-1)
    if (!message.removed) rows.push({ kind: 'message', key: `m${message.seq}`, message })
    else if (last?.kind === 'gone') rows[rows.length - 1] = { ...last, count: last.count + 1 }
    else rows.push({ kind: 'gone', key: `g${message.seq}`, count: 1 })
  }
  return rows
}

/** Whether a text calls somebody by their name: "@Ines Marlow". */
export function mentions(text: string, name: string): boolean {
  if (name === '') return false
  const at = text.toLocaleLowerCase().indexOf(`@${name.toLocaleLowerCase()}`)
  if (at < 0) return false
  const next = [...text.slice(at + name.length + 1)][0] ?? ''
  return !/[\p{L}\p{N}_]/u.test(next)
}
