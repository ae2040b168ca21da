/** When the box is short of processors, all broadcasts see it at once; that they don't all act at once is decided here. */
const BETWEEN_SHEDDING_MS = 5000
const BETWEEN_RETURNS_MS = 15_000

/** One for all broadcasts of the box. */
export class BoxTurns {
  #shedMs = Number.NEGATIVE_INFINITY
  #returnedMs = Number.NEGATIVE_INFINITY

  /** Whether a broadcast may give up a step for the sake of the others; who asks first does. */
  shed(atMs: number): boolean {
    if (atMs - this.#shedMs < BETWEEN_SHEDDING_MS) return false
    this.#shedMs = atMs
    return true
  }

  /** Whether a broadcast may take a step back. None does right after another did, or had to give one up. */
  takeBack(atMs: number): boolean {
    if (atMs - Math.max(this.#returnedMs, this.#shedMs) < BETWEEN_RETURNS_MS) return false
    this.#returnedMs = atMs
    return true
  }
}
