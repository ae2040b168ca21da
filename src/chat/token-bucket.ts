/** How much is allowed. It may change; a bucket goes by what it is when it's asked. */
export type Rate = { readonly perSecond: number; readonly burst: number }

/** So many at once, and then so many a second. Time is given in milliseconds that only grow. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #atMs: number

  /** @param tokens at the beginning; left out: a full bucket */
  constructor(rate: Rate, nowMs: number, tokens = rate.burst) {
    this.#rate = rate
    this.#tokens = tokens
    this.#atMs = nowMs
  }

  /** @returns 0 when one was taken; else the milliseconds until there is one */
  take(nowMs: number): number {
    const waitMs = this.waitMs(nowMs)
    if (waitMs === 0) this.#tokens--
    return waitMs
  }

  /** Milliseconds until one can be taken. */
  waitMs(nowMs: number): number {
    const { perSecond, burst } = this.#rate
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, nowMs - this.#atMs) * perSecond) / 1000)
    this.#atMs = Math.max(this.#atMs, nowMs)
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / perSecond) * 1000)
  }

  /** Whether nothing was taken for so long that it is as good as new. */
  isFull(nowMs: number): boolean {
    this.waitMs(nowMs)
    return this.#tokens >= this.#rate.burst
  }
}
