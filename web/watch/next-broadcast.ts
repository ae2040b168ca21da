import type { Channel } from '../../src/contract/channel.ts'

/** One that is late is expected for so long; after it nobody waits. */
const LATE_MS = 30 * 60_000

export type NextBroadcast = {
  readonly title: string
  /** ISO 8601. */
  readonly at: string
  /** It should have begun. */
  readonly late: boolean
}

/** What a channel that is not on air announces; null: nothing, or nothing any more. */
export function nextBroadcast(channel: Pick<Channel, 'nextBroadcast'> | null, nowMs: number): NextBroadcast | null {
  const next = channel?.nextBroadcast ?? null
  if (next === null) return null
  const atMs = Date.parse(next.at)
  if (nowMs >= atMs + Math.min(LATE_MS, next.minutes * 60_000)) return null
  return { title: next.title, at: next.at, late: nowMs >= atMs }
}

/** Where its calendar entry is. */
export function calendarOf(slug: string): string {
  return `/api/v1/channels/${slug}/schedule.ics`
}
