/** What a peer may make us do besides requests: so much at once, so much each second from then on. */
export class Budget {
  readonly #most: number
  readonly #perSecond: number
  #left: number
  #at = performance.now()

  constructor(most: number, perSecond: number) {
    this.#most = most
    this.#perSecond = perSecond
    this.#left = most
  }

  /** @returns false when it is used up */
  spend(cost: number): boolean {
    this.#left -= cost
    if (this.#left >= 0) return true
    const now = performance.now()
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / 1000) * this.#perSecond)
    this.#at = now
    return this.#left >= 0
  }
}
