import { bufferedAhead, type Engine } from './engine.ts'
import { FrameCounts } from './frame-counts.ts'
import type { ServerClock } from './server-clock.ts'
import type { PlayerStats } from './stats.ts'

/** Reads what the element and the engine tell into the statistics. */
export class Figures {
  /** Bits a second of the sound; null: not known. */
  soundRate: number | null = null
  readonly #video: HTMLVideoElement
  readonly #clock: ServerClock
  readonly #stats: PlayerStats
  readonly #frames = new FrameCounts()

  constructor(video: HTMLVideoElement, clock: ServerClock, stats: PlayerStats) {
    this.#video = video
    this.#clock = clock
    this.#stats = stats
  }

  /** The source goes, and its counts with it. */
  closed(): void {
    this.#frames.next(this.#stats)
    this.#stats.latency = null
  }

  /** @param started whether there is a picture whose latency can be told */
  read(engine: Engine | null, started: boolean, soundOnly: boolean): void {
    const stats = this.#stats
    const ahead = bufferedAhead(this.#video)
    const playingAtMs = started ? (engine?.playingAtMs() ?? null) : null
    // What is buffered has been sent already: an encoder that caught up after a slow start is dated too late, and this is the least.
    stats.latency = playingAtMs === null ? null : Math.max((this.#clock.now() - playingAtMs) / 1000, ahead)
    stats.buffered = ahead
    this.#frames.read(this.#video, stats)
    stats.throughput = engine?.throughput() ?? stats.throughput
    if (engine !== null) stats.rendition = soundOnly ? 'audio' : (engine.rung()?.name ?? null)
    this.soundRate = engine?.soundRate() ?? this.soundRate
  }
}
