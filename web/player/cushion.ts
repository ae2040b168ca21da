/** Less than this ahead (seconds) is dry. */
const dry = 0.15
/** Waiting longer than this (ms) helps nobody. */
const longestHoldMs = 3000
const raiseStep = 0.5
const raiseMost = 3
/** Two dry spells within this are a pattern, not an accident. */
const memoryMs = 60_000

/**
 * After the buffer ran dry at the live edge the element would go on with the first scrap that arrives, and stop again at once.
 * So it waits for a cushion first; and when that happens again soon, the distance to live grows a little.
 * Pure: the caller holds and releases.
 */
export class Cushion {
  #holdingSinceMs: number | null = null
  #lastDryMs = Number.NEGATIVE_INFINITY
  #extra = 0

  get holding(): boolean {
    return this.#holdingSinceMs !== null
  }

  /** Seconds to stay further behind live than the playlist asks for, because this connection needs it. */
  get extra(): number {
    return this.#extra
  }

  /** @param ahead seconds of media buffered in front of the playing position */
  ranDry(nowMs: number, ahead: number): void {
    if (ahead >= dry || this.#holdingSinceMs !== null) return
    this.#holdingSinceMs = nowMs
    if (nowMs - this.#lastDryMs < memoryMs) this.#extra = Math.min(raiseMost, this.#extra + raiseStep)
    this.#lastDryMs = nowMs
  }

  /**
   * @param wanted seconds that should be ahead before going on
   * @returns whether playing may go on
   */
  look(nowMs: number, ahead: number, wanted: number): boolean {
    if (this.#extra > 0 && nowMs - this.#lastDryMs > 2 * memoryMs) {
      this.#extra -= raiseStep
      this.#lastDryMs = nowMs - memoryMs
    }
    if (this.#holdingSinceMs === null) return true
    if (ahead >= wanted || nowMs - this.#holdingSinceMs > longestHoldMs) this.#holdingSinceMs = null
    return this.#holdingSinceMs === null
  }

  release(): void {
    this.#holdingSinceMs = null
  }
}
