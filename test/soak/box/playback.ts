/**
 * A player without a picture: it has so much media ahead, plays it in real time, and stands still when the next part has
 * not come by the time the last one is over.
 */
export class Playback {
  /** When what has arrived will be over, by the clock that plays. */
  #overAtMs: number

  /** @param aheadMs media that is there when it begins: the hold-back */
  constructor(nowMs: number, aheadMs: number) {
    this.#overAtMs = nowMs + aheadMs
  }

  /** A part has arrived. @returns for how long the player had stood still */
  arrived(nowMs: number, durationMs: number): number {
    const stillMs = Math.max(0, nowMs - this.#overAtMs)
    this.#overAtMs += stillMs + durationMs
    return stillMs
  }

  /** The encoder was away: however long nothing came, it is not this part that is late. */
  wentOn(nowMs: number, aheadMs: number, durationMs: number): void {
    this.#overAtMs = Math.max(this.#overAtMs, nowMs + aheadMs) + durationMs
  }
}
