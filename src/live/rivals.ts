import { Patience } from './patience.ts'

/** A connection that is half dead is taken over once or twice; what comes more often within this time is another encoder. */
const FREE_TAKEOVERS = 2
const WITHIN_MS = 30_000
const COOL_DOWN_MS = 30_000

/** What came of a takeover that was tried. */
export type Challenge =
  | { readonly may: true }
  /** `first`: nobody was refused for this fight before. */
  | { readonly may: false; readonly first: boolean; readonly waitMs: number }

/**
 * Whether two encoders fight over one channel, each taking over from the other as soon as it was thrown out. The first
 * takeovers are let through; then the one that is on air stays, and who comes is refused until nobody has tried for a while.
 */
export class Rivals {
  readonly #takeoversMs: number[] = []
  #coolDown: Patience | undefined
  #takeovers = 0
  #refused = 0

  /** Times that an encoder took over from one that was connected, sending or not. */
  get takeovers(): number {
    return this.#takeovers
  }
  /** Encoders refused because another was on air. */
  get refused(): number {
    return this.#refused
  }

  /** Whether who takes over now would be refused, if the one on air sends. */
  isFight(nowMs: number): boolean {
    if (this.#coolDown !== undefined) return !this.#coolDown.isOver(nowMs)
    while ((this.#takeoversMs[0] ?? nowMs) < nowMs - WITHIN_MS) this.#takeoversMs.shift()
    return this.#takeoversMs.length >= FREE_TAKEOVERS
  }

  /** Somebody wants to take over from an encoder that is sending. */
  challenge(nowMs: number): Challenge {
    const waitMs = this.#coolDown?.come(nowMs) ?? 0
    if (waitMs > 0) return this.#refuse(waitMs, false)
    this.#coolDown = undefined
    if (!this.isFight(nowMs)) {
      this.#takeoversMs.push(nowMs)
      this.#takeovers++
      return { may: true }
    }
    this.#takeoversMs.length = 0
    this.#coolDown = new Patience(nowMs, COOL_DOWN_MS)
    return this.#refuse(COOL_DOWN_MS, true)
  }

  /** Somebody takes over from an encoder that sends nothing: its connection is dead. That is no fight. */
  relieve(): void {
    this.#takeovers++
  }

  #refuse(waitMs: number, first: boolean): Challenge {
    this.#refused++
    return { may: false, first, waitMs }
  }
}
