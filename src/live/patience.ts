/**
 * Keeps away who comes again and again by itself. An encoder that was sent away tries anew in a few seconds, at even
 * distances or at ever longer ones (OBS: half as long again each time). So whoever comes within twice the time of its last
 * absence is a machine that tries again; a person who was told to wait stays away for longer.
 */
export class Patience {
  readonly #leastMs: number
  readonly #endsMs: number
  #cameMs: number
  #untilMs: number

  /**
   * @param leastMs how long whoever comes must stay away at least
   * @param mostMs after so long everybody may come, however often they tried
   */
  constructor(nowMs: number, leastMs: number, mostMs = Number.POSITIVE_INFINITY) {
    this.#leastMs = leastMs
    this.#endsMs = nowMs + mostMs
    this.#cameMs = nowMs
    this.#untilMs = nowMs + leastMs
  }

  /** Nobody is kept away any more. */
  isOver(nowMs: number): boolean {
    return nowMs >= Math.min(this.#untilMs, this.#endsMs)
  }

  /** Somebody comes. @returns for how many milliseconds they must stay away from now on; 0: they may come */
  come(nowMs: number): number {
    if (this.isOver(nowMs)) return 0
    this.#untilMs = nowMs + Math.max(this.#leastMs, 2 * (nowMs - this.#cameMs))
    this.#cameMs = nowMs
    return Math.min(this.#untilMs, this.#endsMs) - nowMs
  }
}
