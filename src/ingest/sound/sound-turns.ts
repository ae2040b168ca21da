/** One FFmpeg in so many milliseconds, whatever the number of broadcasts: it takes 80 to 250 ms of a processor. */
const EVERY_MS = 20_000
/** New broadcasts, and encoders that came back, are judged sooner. The first seconds tell little: microphones are still off. */
const EVERY_MS_WHEN_NEW = 10_000
const LOOKS_WHEN_NEW = 3
/** Sound that there is nothing to say about is looked at once in so long; with a hundred broadcasts every 80 s. */
const EVERY_MS_WHEN_FINE = 60_000
/** Sounds that one FFmpeg measures. */
export const TOGETHER = 32

/** When a broadcast's sound was looked at; changed in place. Milliseconds of any clock that only grows. */
export type Turn = {
  /** At first when it began. */
  lookedMs: number
  /** Since its encoder came. */
  looks: number
  /** Nothing was to be said about its newest level. */
  fine: boolean
  /** How many may share an FFmpeg with it: fewer when nothing came out, for one bad input spoils all. */
  together: number
}

/** Whose sound is measured when: many together and seldom, for most of the cost is that of starting FFmpeg. */
export class SoundTurns {
  #nextMs = Number.NEGATIVE_INFINITY

  /** Those that are due first, and what may share their FFmpeg, once somebody is due. They count as looked at. */
  take<T extends Turn>(all: readonly T[], nowMs: number): readonly T[] {
    if (nowMs < this.#nextMs) return []
    const waiting = all
      .filter((turn) => nowMs >= turn.lookedMs + soonest(turn))
      .sort((a, b) => dueMs(a) - dueMs(b) || a.together - b.together)
    if (waiting[0] === undefined || nowMs < dueMs(waiting[0])) return []
    let most = TOGETHER
    const batch: T[] = []
    for (const turn of waiting) {
      const allowed = Math.min(most, turn.together)
      if (batch.length >= allowed) continue
      most = allowed
      batch.push(turn)
    }
    for (const turn of batch) {
      turn.lookedMs = nowMs
      turn.looks++
    }
    this.#nextMs = nowMs + (batch.some(({ looks }) => looks < LOOKS_WHEN_NEW) ? EVERY_MS_WHEN_NEW : EVERY_MS)
    return batch
  }
}

/** Milliseconds after its last look at which a broadcast may share the FFmpeg of another one. */
const soonest = ({ looks }: Turn): number => (looks < LOOKS_WHEN_NEW ? EVERY_MS_WHEN_NEW : EVERY_MS)

/** When it needs one. */
const dueMs = (turn: Turn): number =>
  turn.lookedMs + (turn.looks >= LOOKS_WHEN_NEW && turn.fine ? EVERY_MS_WHEN_FINE : soonest(turn))
