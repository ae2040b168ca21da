/** Names remembered at a time; more than that in one window is an attack, and the oldest are forgotten. */
const MAX_NAMES = 10_000

/** How often each of many (addresses, players) did something within the running window of time. Bounded. */
export class CountedAttempts {
  readonly #windowMs: number
  readonly #max: () => number
  readonly #counts = new Map<string, number>()
  #windowEndsMs = 0

  /** @param options.max a function: looked at each time */
  constructor({ max, windowMs }: { readonly max: number | (() => number); readonly windowMs: number }) {
    this.#max = typeof max === 'number' ? () => max : max
    this.#windowMs = windowMs
  }

  /** Whether this name has used up its attempts. */
  exhausted(name: string, nowMs = Date.now()): boolean {
    this.#turn(nowMs)
    return (this.#counts.get(name) ?? 0) >= this.#max()
  }

  /** Counts one. @returns false when it is one too many */
  take(name: string, nowMs = Date.now()): boolean {
    if (this.exhausted(name, nowMs)) return false
    const count = this.#counts.get(name)
    if (count === undefined && this.#counts.size >= MAX_NAMES) {
      const oldest = this.#counts.keys().next()
      if (!oldest.done) this.#counts.delete(oldest.value)
    }
    this.#counts.set(name, (count ?? 0) + 1)
    return true
  }

  #turn(nowMs: number): void {
    // A clock set back must not stop the windows.
    if (nowMs < this.#windowEndsMs && nowMs >= this.#windowEndsMs - this.#windowMs) return
    this.#counts.clear()
    this.#windowEndsMs = nowMs + this.#windowMs
  }
}
