/** Counts how often values lay at or below each of a few bounds, as Prometheus has it. Adding one allocates nothing. */
export class Histogram {
  /** Ascending. */
  readonly bounds: readonly number[]
  /** How many lay in each bound's own interval; the last one is above all bounds. */
  readonly #counts: Float64Array
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    let at = 0
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at++
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sum += value
  }

  get sum(): number {
    return this.#sum
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  /** How many lay at or below each bound. */
  cumulative(): number[] {
    let sum = 0
    return this.bounds.map((_, at) => (sum += this.#counts[at] ?? 0))
  }
}
