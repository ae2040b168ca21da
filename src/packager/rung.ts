import { type Packet, rescale, type Track } from '../media/packet.ts'
import { CUT_TIMESCALE } from './cut-list.ts'
import type { Cutter } from './cutter.ts'
import type { Rendition } from './rendition.ts'

/**
 * `coming`: its next key frame at a cut begins it; until then what is over is listed as gaps.
 * `paused`: nobody expects it; a gap is listed as soon as its segment begins, so that players move on without waiting.
 */
type State = 'coming' | 'flowing' | 'paused'

/** How long the source waits for it before it counts as paused, in target durations. */
const PATIENCE = 2
/** The first frame of a segment may come so much behind its cut: less often than the source's, and rounded. */
const LATE = 0.1 * CUT_TIMESCALE
/** A key frame lies at a cut if it is no further from it. */
const AT_CUT = 0.02 * CUT_TIMESCALE
const SHORTEST_GAP = 0.05 * CUT_TIMESCALE

/**
 * One further quality of a broadcast: follows the source's cut list a little behind it. Where its frames don't come, its
 * playlist has gaps of the same numbers and times, never a shift; what is begun anew begins with a key frame at a cut.
 */
export class Rung {
  readonly rendition: Rendition
  readonly #cutter: Cutter
  readonly #targetDuration: number
  #state: State = 'coming'
  /** Since when its frames are waited for, in ticks of CUT_TIMESCALE; undefined: nothing has come from the source since. */
  #since: number | undefined
  /** Decode time of the newest packet, in ticks of the track. */
  #last = Number.NEGATIVE_INFINITY
  /** Cuts below this media sequence number are of an earlier connection. */
  #notBefore = 0
  /** Where its playlist ends by the sum of what it lists, in ticks of CUT_TIMESCALE, since it doesn't flow. */
  #listedTo = 0

  /** @param targetDuration seconds */
  constructor(rendition: Rendition, cutter: Cutter, targetDuration: number) {
    this.rendition = rendition
    this.#cutter = cutter
    this.#targetDuration = targetDuration
  }

  /** Its frames come. */
  get flowing(): boolean {
    return this.#state === 'flowing'
  }

  /** Its frames will come soon. */
  announce(): void {
    if (this.#state !== 'paused') return
    this.#state = 'coming'
    this.#since = undefined
  }

  track(track: Track): void {
    this.announce()
    if (this.rendition.isConfigured(track)) return
    if (this.#state === 'flowing') this.#halt()
    this.rendition.configure(track)
  }

  /** @param source whose playlist it begins like */
  packet(packet: Packet, source: Rendition | undefined): void {
    if (packet.dts <= this.#last) return
    const { window, track } = this.rendition
    const time = rescale(packet.dts + packet.cts, track.timescale, CUT_TIMESCALE)
    this.#last = packet.dts
    if (this.#state === 'flowing' && this.#missedCut(time)) this.#halt()
    if (this.#state !== 'flowing') {
      this.announce()
      const cut = packet.isSync ? this.#cutter.cuts.near(time, AT_CUT) : undefined
      if (cut === undefined || cut.msn <= window.lastMsn || cut.msn < this.#notBefore) return
      if (window.lastMsn < 0 && source !== undefined) this.rendition.beginLike(source, cut)
      this.#state = 'flowing'
    }
    this.rendition.push(packet)
  }

  /** Nothing comes until further notice. */
  pause(): void {
    if (this.#state === 'flowing') this.#halt()
    this.#state = 'paused'
    this.list()
  }

  /** @param time that the source has reached, in ticks of CUT_TIMESCALE */
  follow(time: number): void {
    if (this.#state === 'paused') return
    const reached = rescale(this.rendition.end ?? 0, this.rendition.track.timescale, CUT_TIMESCALE)
    if (this.#state === 'coming') this.#since ??= time
    const since = this.#state === 'flowing' ? reached : (this.#since ?? time)
    if (time - since > PATIENCE * this.#targetDuration * CUT_TIMESCALE) this.pause()
  }

  /** Lists gaps for what it misses, when a cut was made. */
  list(): void {
    if (this.#state === 'flowing') return
    this.#listGaps(this.#state === 'paused' ? this.#cutter.expectedEnd : undefined)
  }

  /** The connection is gone. @param videoEnd where its picture ends, and `end` all of it, in ticks of CUT_TIMESCALE */
  discontinuity(videoEnd: number, end: number): void {
    if (this.#state === 'flowing') this.#halt(videoEnd)
    this.#listGaps(end)
    this.rendition.window.settle()
    this.#notBefore = this.#cutter.nextMsn
    this.#since = undefined
  }

  /** A cut went by, and no frame of this rung is at it: what follows can't be decoded, or would shift. */
  #missedCut(time: number): boolean {
    const next = this.#cutter.cuts.after(this.rendition.window.lastMsn)
    return next !== undefined && time > next.time + Math.max(LATE, 1.1 * this.rendition.frameTicks)
  }

  /** Closes what is open: its last frame is shown until the segment is over, for a segment's time never shifts. */
  #halt(until = this.#cutter.expectedEnd): void {
    this.#listedTo = this.#cutter.cuts.after(this.rendition.window.lastMsn)?.time ?? until
    this.rendition.stop(this.#listedTo)
    this.#state = 'coming'
    this.#since = undefined
  }

  /** @param end of the newest segment, in ticks of CUT_TIMESCALE; undefined: it isn't over */
  #listGaps(end: number | undefined): void {
    const { window } = this.rendition
    if (window.lastMsn < 0) return
    const { cuts } = this.#cutter
    for (let cut = cuts.after(window.lastMsn); cut !== undefined; cut = cuts.after(cut.msn)) {
      const to = cuts.after(cut.msn)?.time ?? end
      if (to === undefined) return
      // What was listed too long or too short before, because nobody could know better, is made good here.
      const from = Math.abs(this.#listedTo - cut.time) < CUT_TIMESCALE && !cut.discontinuity ? this.#listedTo : cut.time
      const ticks = Math.min(Math.max(SHORTEST_GAP, to - from), (this.#targetDuration + 0.49) * CUT_TIMESCALE)
      this.rendition.gap(cut, ticks / CUT_TIMESCALE)
      this.#listedTo = from + ticks
    }
  }
}
