import { type CaptionChange, type CaptionChannel, CaptionDecoder, type CaptionSample } from './caption-decoder.ts'
import type { CaptionScreen } from './screen.ts'

/** B-frames come out of order, but not by more than this (s); captions need the order they are shown in. */
const reorderSeconds = 0.2
/** Samples so much before the last one (s) were loaded anew: after a seek, or in another quality. */
const againSeconds = 0.5
/** A caption that nobody takes away goes by itself ("16 seconds", ANSI/CTA-608 annex C.9). */
const longestSeconds = 16
/** Longer than what can be reached by going back. */
const keptSeconds = 120
const mostChanges = 2000
const nothing: CaptionScreen = []
/** Encoders that make CEA-708 out of CEA-608 put the first language into service 1 and the second into service 2 (ANSI/CTA-708 4.5). */
const twins: ReadonlyMap<CaptionChannel, CaptionChannel> = new Map([
  ['SERVICE1', 'CC1'],
  ['SERVICE2', 'CC3'],
])

/** Captions of a broadcast by media time: takes what is loaded, answers what is to be read now. */
export class Captions {
  readonly #decoder = new CaptionDecoder()
  readonly #channels = new Set<CaptionChannel>()
  #waiting: CaptionSample[] = []
  #changes: CaptionChange[] = []
  #decodedUntil = Number.NEGATIVE_INFINITY

  /** Channels that have shown something since the source was loaded; of the same words in CEA-608 and CEA-708 the former. */
  get channels(): readonly CaptionChannel[] {
    const all = [...this.#channels].filter((one) => {
      const twin = twins.get(one)
      return twin === undefined || !this.#channels.has(twin)
    })
    return all.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  }

  /** @param samples of one part or segment, in decoding order */
  push(samples: readonly CaptionSample[]): void {
    const first = Math.min(...samples.map(({ time }) => time))
    const newest = Math.max(...samples.map(({ time }) => time))
    if (!Number.isFinite(first)) return
    if (first < this.#decodedUntil - againSeconds) this.#startAt(first)
    this.#waiting.push(...samples)
    this.#waiting.sort((a, b) => a.time - b.time)
    this.#decodeUntil(newest - reorderSeconds)
  }

  /** What this channel shows at a moment (s of media time). */
  at(time: number, channel: CaptionChannel): CaptionScreen {
    // Many encoders send nothing between captions: what is on screen by now waits for no other frame.
    this.#decodeUntil(time)
    for (let i = this.#changes.length - 1; i >= 0; i--) {
      const change = this.#changes[i]
      if (change === undefined || change.channel !== channel || change.time > time) continue
      return time - change.time > longestSeconds ? nothing : change.screen
    }
    return nothing
  }

  #decodeUntil(time: number): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].time <= time) {
      const sample = this.#waiting.shift()
      if (sample !== undefined) this.#decode(sample)
    }
  }

  #decode(sample: CaptionSample): void {
    this.#decodedUntil = sample.time
    for (const change of this.#decoder.push(sample)) {
      this.#changes.push(change)
      if (change.screen.length > 0) this.#channels.add(change.channel)
    }
    const oldest = this.#changes[0]
    if (oldest !== undefined && (sample.time - oldest.time > keptSeconds || this.#changes.length > mostChanges))
      this.#changes.shift()
  }

  #startAt(time: number): void {
    this.#decoder.reset()
    this.#waiting = []
    this.#changes = this.#changes.filter((change) => change.time < time)
  }
}
