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
    const sorted = [...new Set(this.#times)].sort((a, b) => a - b)
    const steps = sorted.slice(1).map((time, index) => time - (sorted[index] ?? 0))
    const usual = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 0
    if (usual <= 0) return undefined
    // A step over frames that are decoded later, or are missing, counts as many frames as fit in.
    const frames = steps.reduce((sum, each) => sum + Math.round(each / usual), 0)
    const step = ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)) / frames
    const rate = timescale / step
    // Of milliseconds: a whole number is meant if there is one nearby.
    return Math.abs(rate - Math.round(rate)) < rate * 0.01 ? Math.round(rate) : rate
  }

  reset(): void {
    this.#times = []
  }
}
