import { OPUS_RATE } from '../../media/opus-head.ts'

/** Stretches that something may still be asked of. */
const KEPT = 64

/** Frames that follow each other without a hole. Positions in samples of the source since the first frame that was added. */
type Stretch = { readonly position: number; readonly dts: number }

/**
 * A child is fed frames without holes between them and says nothing of time: what it makes is counted in samples. This leads
 * from what was counted to the source's time, which may jump.
 */
export class SampleTimes {
  readonly #rate: number
  readonly #frame: number
  readonly #stretches: Stretch[] = []
  #position = 0
  #expected: number | undefined

  /** @param rate of the source, which its times are ticks of @param frame samples in each of its frames */
  constructor(rate: number, frame: number) {
    this.#rate = rate
    this.#frame = frame
  }

  /** The next frame. @returns how many milliseconds of sound lie before it */
  add(dts: number): number {
    if (dts !== this.#expected) this.#stretches.push({ position: this.#position, dts })
    if (this.#stretches.length > KEPT) this.#stretches.shift()
    const before = Math.round((this.#position * 1000) / this.#rate)
    this.#position += this.#frame
    this.#expected = dts + this.#frame
    return before
  }

  /** The time of the source, in ticks of 48 kHz, at which this sample is heard. @param sample at 48 kHz; may be negative */
  timeOf(sample: number): number {
    const position = this.#toSource(sample)
    const stretch = this.#stretches.findLast((each) => each.position <= position) ?? this.#stretches[0]
    if (stretch === undefined) return sample
    return Math.round(this.#toOpus(stretch.dts) + sample - this.#toOpus(stretch.position))
  }

  /** The sample at 48 kHz that is heard at a time; where the source has a hole, the first one behind it. @param time in ticks of 48 kHz */
  sampleAt(time: number): number {
    const dts = this.#toSource(time)
    const at = this.#stretches.findLastIndex((each) => each.dts <= dts)
    const stretch = this.#stretches[Math.max(0, at)]
    if (stretch === undefined) return 0
    const sample = Math.round(this.#toOpus(stretch.position) + time - this.#toOpus(stretch.dts))
    const next = this.#stretches[at + 1]
    return at < 0 || next === undefined ? sample : Math.min(sample, Math.round(this.#toOpus(next.position)))
  }

  #toOpus(ticks: number): number {
    return (ticks * OPUS_RATE) / this.#rate
  }

  #toSource(ticks: number): number {
    return (ticks * this.#rate) / OPUS_RATE
  }
}
