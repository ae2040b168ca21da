import type { Reaction, ReactionCounts } from '../../src/contract/chat.ts'

/** Own reactions a second that are sent; more are shown on this page alone. */
const perSecond = 4
/** After this long the server won't count an own reaction any more. */
const echoMs = 5000

/** Counts reactions. An own one is shown at once, so that it is left out of what the server counts afterwards. */
export class ReactionTally {
  readonly #own = new Map<Reaction, { count: number; untilMs: number }>()
  #sent: number[] = []

  /** @returns whether this one may be sent */
  press(kind: Reaction, nowMs: number): boolean {
    this.#sent = this.#sent.filter((at) => nowMs - at < 1000)
    if (this.#sent.length >= perSecond) return false
    this.#sent.push(nowMs)
    const own = this.#own.get(kind)
    const count = own !== undefined && nowMs < own.untilMs ? own.count : 0
    this.#own.set(kind, { count: count + 1, untilMs: nowMs + echoMs })
    return true
  }

  /** What others pressed of `counts`. */
  others(counts: ReactionCounts, nowMs: number): ReadonlyArray<readonly [Reaction, number]> {
    const others: (readonly [Reaction, number])[] = []
    for (const [kind, count] of Object.entries(counts) as [Reaction, number][]) {
      const own = this.#own.get(kind)
      const mine = own !== undefined && nowMs < own.untilMs ? Math.min(own.count, count) : 0
      if (own !== undefined) own.count -= mine
      if (count > mine) others.push([kind, count - mine])
    }
    return others
  }
}
