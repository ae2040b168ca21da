/** Ticks per second of cut times. */
export const CUT_TIMESCALE = 90_000

/**
 * Where a segment of every rendition begins. Renditions cut when they reach the time, never elsewhere, so that segments
 * with the same media sequence number begin at the same moment in all of them.
 */
export type Cut = {
  readonly msn: number
  /** Presentation time in ticks of CUT_TIMESCALE. */
  readonly time: number
  readonly discontinuity: boolean
  /** How many discontinuities the channel has shown up to here, this cut's own included. */
  readonly discontinuitySequence: number
  /** Milliseconds since 1970 at this time. */
  programDateTime: number
  /** Ideal distance of part boundaries in this segment, in ticks; undefined until the first frames have shown the frame rate. */
  partTicks: number | undefined
}

/** Cuts that some rendition may still have to make. */
const KEPT = 256

/** The cut list of a broadcast: one writer (the source), many followers. */
export class CutList {
  readonly #cuts: Cut[] = []

  get last(): Cut | undefined {
    return this.#cuts.at(-1)
  }

  add(cut: Cut): void {
    this.#cuts.push(cut)
    if (this.#cuts.length > KEPT) this.#cuts.shift()
  }

  /** The cut at a time. @param within so many ticks */
  near(time: number, within: number): Cut | undefined {
    return this.#cuts.findLast((cut) => Math.abs(cut.time - time) <= within)
  }

  /** The newest cut at a time or before it. */
  before(time: number): Cut | undefined {
    return this.#cuts.findLast((cut) => cut.time <= time)
  }

  /** The first cut after media sequence number `msn`; the newest one for a follower that begins (`msn` undefined). */
  after(msn: number | undefined): Cut | undefined {
    if (msn === undefined) return this.last
    for (let i = this.#cuts.length - 1; i >= 0; i--) {
      const cut = this.#cuts[i]
      if (cut === undefined || cut.msn <= msn) return this.#cuts[i + 1]
    }
    return this.#cuts[0]
  }
}
