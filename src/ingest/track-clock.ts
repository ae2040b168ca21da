import { VIDEO_TIMESCALE } from '../media/packet.ts'

const TICKS_PER_MS = VIDEO_TIMESCALE / 1000
/** Counted samples and the encoder's timestamps may differ by this much before the count is set anew. */
const AUDIO_DRIFT_MS = 100

/** Decode times of video: strictly increasing, while presentation times stay what the encoder said. */
export class VideoClock {
  #last: number

  constructor(startMs: number) {
    this.#last = Math.round(startMs * TICKS_PER_MS) - 1
  }

  /** @param cleanMs from the `Timeline`. */
  stamp(cleanMs: number, compositionMs: number): { readonly dts: number; readonly cts: number } {
    const dts = Math.max(Math.round(cleanMs * TICKS_PER_MS), this.#last + 1)
    this.#last = dts
    return { dts, cts: Math.round((cleanMs + compositionMs) * TICKS_PER_MS) - dts }
  }
}

/**
 * Decode times of AAC, counted in samples: milliseconds would jitter. Only when count and timestamps are more than
 * 100 ms apart does it follow the timestamps: ahead by a hole, back by dropping frames.
 */
export class AudioClock {
  readonly #rate: number
  readonly #samplesPerFrame: number
  readonly #startMs: number
  #next: number | undefined
  #resyncs = 0

  constructor(rate: number, samplesPerFrame: number, startMs: number) {
    this.#rate = rate
    this.#samplesPerFrame = samplesPerFrame
    this.#startMs = startMs
  }

  /** Holes made. */
  get resyncs(): number {
    return this.#resyncs
  }

  /** The next frame's decode time in samples; undefined: drop it, it lies in the past. */
  stamp(cleanMs: number): number | undefined {
    const time = (cleanMs * this.#rate) / 1000
    const limit = (AUDIO_DRIFT_MS * this.#rate) / 1000
    const start = Math.round((this.#startMs * this.#rate) / 1000)
    let dts = this.#next
    if (dts === undefined) {
      if (time < start - this.#samplesPerFrame / 2) return undefined
      dts = Math.max(Math.round(time), start)
    } else if (time - dts < -limit) {
      return undefined
    } else if (time - dts > limit) {
      dts = Math.round(time)
      this.#resyncs++
    }
    this.#next = dts + this.#samplesPerFrame
    return dts
  }

  /** Where the next frame would begin, in milliseconds: a clock of another rate goes on from there. */
  get nextMs(): number {
    return this.#next === undefined ? this.#startMs : (this.#next * 1000) / this.#rate
  }
}
