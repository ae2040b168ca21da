import type { Demand } from '../live/rungs.ts'

type Seen = {
  lists: number
  media: number
  /** When it was asked for last. */
  askedMs: number
  watched: boolean
}

/**
 * Which of the rungs that are made only while somebody watches them are watched: their media is asked for, or a request waits
 * for it, or the playlist is asked for again. One request for a playlist is somebody who looks what there is. Knows no clock.
 */
export class WatchedRungs {
  readonly #seen: ReadonlyMap<string, Seen>
  readonly #idleMs: () => number

  /** @param idleMs so long after the last request nobody watches any more; it may change */
  constructor(names: readonly string[], idleMs: () => number) {
    this.#seen = new Map(
      names.map((name) => [name, { lists: 0, media: 0, askedMs: Number.NEGATIVE_INFINITY, watched: false }]),
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
      const isRecent = atMs - seen.askedMs < this.#idleMs()
      const lists = demand.lists - seen.lists
      const plays = demand.media > seen.media || demand.waiting > 0
      if (plays || lists > 0) seen.askedMs = atMs
      if (plays || lists > 1 || (lists === 1 && isRecent)) seen.watched = true
      else if (seen.watched && lists === 0 && !isRecent) {
        seen.watched = false
        left.push(name)
      }
      seen.lists = demand.lists
      seen.media = demand.media
    }
    return left
  }
}
