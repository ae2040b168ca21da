import { buffered, type Engine } from './engine.ts'
import { type Timeline, timelineOf } from './timeline.ts'

/** So long (seconds) before the live playlist leaves the viewer's place, the whole window is listed. */
const ahead = 8

/** How far back a viewer can go and where they are, over engines that come and go. */
export class Rewind {
  /** How far back one can go, seconds; 0: no further than the live playlist reaches. */
  rewindSeconds = 0
  /** The viewer looks at what there is to go back to. */
  looks = false
  /** Where a viewer is who is behind on purpose, ms since 1970; null: at live, or not known. */
  placeMs: number | null = null
  #startedAtMs: number | null = null
  /** Where the whole window began when it was last listed. */
  #start: number | null = null
  /** How long the live playlist is. */
  #shortSeconds = 20

  /** A broadcast is played from here on, perhaps the same again. @returns false: the viewer's place was in another one */
  begin(rewindSeconds: number, startedAtMs: number | null): boolean {
    this.rewindSeconds = rewindSeconds
    this.#startedAtMs = startedAtMs
    return rewindSeconds > 0 && this.placeMs !== null && startedAtMs !== null && this.placeMs >= startedAtMs
  }

  /** The time line is another one now. */
  closed(): void {
    this.#start = null
  }

  /** Whether the whole window is, or can be, listed. Of a broadcast that is over nothing is listed anew. */
  reaches(engine: Engine): boolean {
    return this.rewindSeconds > 0 && (engine.live || this.#start !== null)
  }

  read(engine: Engine, behind: boolean): void {
    const window = engine.window()
    if (window === null) return
    if (engine.listsWhole) this.#start = window[0]
    else this.#shortSeconds = window[1] - window[0]
    if (behind) this.placeMs = engine.dateAt(engine.position()) ?? this.placeMs
  }

  /** Whether the whole window should be listed: as long as somebody is, or may soon be, where the live playlist doesn't reach. */
  wantsWhole(engine: Engine, behind: boolean): boolean {
    if (this.rewindSeconds === 0) return false
    if (this.looks) return true
    // Nothing is listed yet: who is behind was before this engine came.
    return behind && (engine.window() === null || engine.listsWhole || this.leaves(engine))
  }

  /** The live playlist leaves the viewer's place, or soon will. */
  leaves(engine: Engine): boolean {
    const window = engine.window()
    return window !== null && window[1] - engine.position() > this.#shortSeconds - ahead
  }

  timeline(engine: Engine | null, video: HTMLVideoElement): Timeline | null {
    const window = engine?.window() ?? null
    const live = engine?.syncPosition() ?? null
    if (engine === null || window === null || live === null) return null
    const liveMs = engine.dateAt(live)
    return timelineOf({
      rewindSeconds: this.rewindSeconds,
      window,
      start: this.#start,
      live,
      position: engine.position(),
      runs: liveMs === null || this.#startedAtMs === null ? null : (liveMs - this.#startedAtMs) / 1000,
      buffered: buffered(video),
    })
  }
}
