/** So many frames are looked at. */
const FRAMES = 12

/** How many frames a second a source has, by its first ones: what encoders say of it is often wrong. */
export class FrameRate {
  #times: number[] = []

  /** @returns true: it is known now, and wasn't before */
  note(pts: number): boolean {
    if (this.#times.length >= FRAMES) return false
    this.#times.push(pts)
    return this.#times.length === FRAMES
  }

  /** Undefined: not known yet. @param timescale ticks a second of the times noted */
  get(timescale: number): number | undefined {
    if (this.#times.length < FRAMES) return undefined
    const sorted = this.#times.toSorted((a, b) => a - b)
    const ticks = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0)
    // Frames that come later in decoding than in showing leave holes at the end: the middle one of all steps says more.
    const steps = sorted.slice(1).map((time, index) => time - (sorted[index] ?? 0))
    const middle = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 0
    const average = ticks / steps.length
    const step = middle > 0 && Math.abs(average - middle) > middle * 0.3 ? middle : average
    if (step <= 0) return undefined
    const rate = timescale / step
    // Of milliseconds: a whole number is meant if there is one nearby.
    return Math.abs(rate - Math.round(rate)) < rate * 0.01 ? Math.round(rate) : rate
  }

  reset(): void {
    this.#times = []
  }
}
