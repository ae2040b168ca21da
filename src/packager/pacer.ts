/** More than this held back is shown at once: memory is bounded, and so is the delay. */
const MOST_HELD = 300

/**
 * Lets steps happen in order, spaced ones at least `intervalMs` apart. After a stall of the encoder its frames arrive in
 * a burst; published as one, the playlist would jump over parts, which players don't expect. Without a burst every step
 * happens at once, in the caller's turn.
 */
export class Pacer {
  readonly #intervalMs: number
  #held: { readonly spaced: boolean; readonly step: () => void }[] = []
  #lastAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  next(step: () => void): void {
    if (this.#held.length === 0) step()
    else this.#hold(false, step)
  }

  spaced(step: () => void): void {
    if (this.#held.length === 0 && this.#due() <= 0) this.#take(step)
    else this.#hold(true, step)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const held = this.#held
    this.#held = []
    for (const { step } of held) step()
  }

  #hold(spaced: boolean, step: () => void): void {
    this.#held.push({ spaced, step })
    if (this.#held.length > MOST_HELD) this.flush()
    else this.#timer ??= setTimeout(() => this.#run(), Math.max(1, this.#due()))
  }

  #run(): void {
    this.#timer = undefined
    while (this.#held.length > 0) {
      const first = this.#held[0]
      if (first === undefined) return
      if (first.spaced && this.#due() > 0) {
        this.#timer = setTimeout(() => this.#run(), Math.max(1, this.#due()))
        return
      }
      this.#held.shift()
      if (first.spaced) this.#take(first.step)
      else first.step()
    }
  }

  #take(step: () => void): void {
    this.#lastAt = performance.now()
    step()
  }

  #due(): number {
    return this.#lastAt + this.#intervalMs - performance.now()
  }
}
