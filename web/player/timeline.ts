import type { Range } from './watchdog.ts'

/** A listed segment. Seconds of media time; the date of its beginning in ms since 1970 (EXT-X-PROGRAM-DATE-TIME). */
export type Dated = { readonly start: number; readonly duration: number; readonly programDateTime: number | null }

/** The date of a moment; beyond what is listed, as if media ran on without a break. */
export function dateAt(segments: readonly Dated[], time: number): number | null {
  const segment = segments.findLast(({ start }) => start <= time) ?? segments[0]
  return segment?.programDateTime == null ? null : segment.programDateTime + (time - segment.start) * 1000
}

/** The moment of a date. One at which nothing was sent: when it went on. null: nothing is listed. */
export function timeOf(segments: readonly Dated[], dateMs: number): number | null {
  for (const { start, duration, programDateTime: beginMs } of segments) {
    if (beginMs === null) continue
    if (dateMs < beginMs) return start
    if (dateMs < beginMs + duration * 1000) return start + (dateMs - beginMs) / 1000
  }
  const last = segments.at(-1)
  return last === undefined ? null : last.start + last.duration
}

/** What a viewer can reach. Seconds of media time: an absence of the encoder takes none of it. */
export type Timeline = {
  readonly start: number
  /** The nearest place to the start that can be stayed at. */
  readonly oldest: number
  readonly live: number
  readonly position: number
  /** The window reaches the beginning of the broadcast; else it moves on with live. */
  readonly fromBeginning: boolean
  readonly buffered: readonly Range[]
}

/** So far (seconds) from the end of a window that moves on, that it doesn't catch up with the viewer at once. */
const margin = 6
/** The same for the live playlist, which is short. */
const shortMargin = 0.5

export type TimelineFacts = {
  /** How far back one can rewind, seconds. */
  readonly rewindSeconds: number
  /** What is known to be listed. */
  readonly window: Range
  /** Where the whole window began when it was last listed; null: it never was. */
  readonly start: number | null
  readonly live: number
  readonly position: number
  /** How long the broadcast has been going on, seconds; null: not known. */
  readonly runs: number | null
  readonly buffered: readonly Range[]
}

/** Until the whole window was listed, its beginning is reckoned from that of the broadcast. */
export function timelineOf(facts: TimelineFacts): Timeline {
  const { rewindSeconds, window, live, position, runs, buffered } = facts
  const farthest = live - rewindSeconds
  const beginning = facts.start ?? (runs === null ? window[0] : live - runs)
  const reckoned = Math.max(farthest, beginning)
  const start = facts.start === null ? Math.min(window[0], reckoned) : reckoned
  const fromBeginning = beginning > farthest + margin
  const oldest = fromBeginning ? start : start + (rewindSeconds === 0 ? shortMargin : margin)
  return { start, oldest, live, position, buffered, fromBeginning }
}

/** The nearest place to `time` that can be reached and stayed at. */
export function reachable({ oldest, live }: Timeline, time: number): number {
  return Math.min(live, Math.max(time, oldest))
}

/** Where on the bar a moment is: 0 the oldest, 1 live. */
export function shareOf({ start, live }: Timeline, time: number): number {
  return live <= start ? 1 : Math.min(1, Math.max(0, (time - start) / (live - start)))
}

export function timeAtShare({ start, live }: Timeline, share: number): number {
  return start + Math.min(1, Math.max(0, share)) * (live - start)
}
