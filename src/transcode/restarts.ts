/** A child that made frames for so long was a good one: what ended it may be chance. */
const PROVEN_MS = 2000
/** How long the next one is waited with after one failure, two, … */
const WAITS_MS = [0, 0, 0, 1000, 5000, 15_000, 30_000, 60_000] as const

/** When a child that failed is replaced: at once, but later and later if the next ones fail soon as well. */
export class Restarts {
  #failures = 0

  /** @param workedMs how long it made frames; 0: it made none @returns how long to wait, in milliseconds */
  failed(workedMs: number): number {
    if (workedMs >= PROVEN_MS) this.#failures = 0
    const waitMs = WAITS_MS[Math.min(this.#failures, WAITS_MS.length - 1)] ?? 0
    this.#failures++
    return waitMs
  }

  /** Something changed: it may go well now. */
  forget(): void {
    this.#failures = 0
  }
}
