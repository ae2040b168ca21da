import type { Demand } from '../live/rungs.ts'

/** Players try a quality when they begin, for less than this: who has no idea of their network begins with the smallest one. */
const TRIED_MS = 1000
/** Whoever plays asks for media again before so long: once in a segment. */
const PAUSE_MS = 12_000

type Seen = {
  lists: number
  media: number
  /** Since when its media has been asked for without a pause, and when it was last. */
  sinceMs: number
  mediaMs: number
  /** When anything of it was asked for last. */
  askedMs: number
  watched: boolean
}

/**
 * Which of the rungs that are made only while somebody watches them are watched: those whose media players have asked for again and
 * again for a while, until nothing of them is asked for. Who looks what there is, or tries one, doesn't watch it. Knows no clock.
 */
export class WatchedRungs {
  readonly #seen: ReadonlyMap<string, Seen>
  readonly #idleMs: () => number

  /** @param idleMs so long after the last request nobody watches any more; it may change */
  constructor(names: readonly string[], idleMs: () => number) {
    const never = Number.NEGATIVE_INFINITY
    this.#seen = new Map(
      names.map((name) => [
        name,
        { lists: 0, media: 0, sinceMs: never, mediaMs: never, askedMs: never, watched: false },
      ]),
    )
    this.#idleMs = idleMs
  }

  /** Names of all, watched or not. */
  get names(): readonly string[] {
    return [...this.#seen.keys()]
  }

  has(name: string): boolean {
    return this.#seen.has(name)
  }

  /** Those that are made all the time count as watched. */
  isWatched(name: string): boolean {
    return this.#seen.get(name)?.watched !== false
  }

  /**
   * A few times a second.
   * @returns names of those that nobody watches any more
   */
  look(atMs: number, demandOf: (name: string) => Demand | undefined): readonly string[] {
    const left: string[] = []
    for (const [name, seen] of this.#seen) {
      const demand = demandOf(name)
      if (demand === undefined) continue
      const { lists, media, waiting } = demand
      if (media > seen.media) {
        if (atMs - seen.mediaMs > PAUSE_MS) seen.sinceMs = atMs
        seen.mediaMs = atMs
        if (atMs - seen.sinceMs >= TRIED_MS) seen.watched = true
      }
      if (media > seen.media || lists > seen.lists || waiting > 0) seen.askedMs = atMs
      else if (seen.watched && atMs - seen.askedMs >= this.#idleMs()) {
        seen.watched = false
        left.push(name)
      }
      seen.lists = lists
      seen.media = media
    }
    return left
  }
}
