import { type Packet, rescale, type Track } from '../media/packet.ts'
import { withParameterSets } from '../media/parameter-sets.ts'
import { CUT_TIMESCALE, type Cut } from './cut-list.ts'
import type { Cutter } from './cutter.ts'
import { Feed } from './feed.ts'
import type { Rendition } from './rendition.ts'

/**
 * `coming`: a key frame at a cut begins it; until then what is over is the source's, or a gap.
 * `paused`: nobody expects it; without a stand-in a gap is listed as soon as its segment begins.
 */
type State = 'coming' | 'flowing' | 'paused'

/** How long the source waits for it before it counts as paused, in target durations. */
const PATIENCE = 2
/** So near to the source a rung must have come before it takes its place: who plays has no more than this in hand. */
const CAUGHT_UP = 0.5 * CUT_TIMESCALE
/** The first frame of a segment may come so much behind its cut: less often than the source's, and rounded. */
const LATE = 0.1 * CUT_TIMESCALE
/** An announced one may take so long to come: an FFmpeg begins slowly on a box that is busy. */
const COMES_WITHIN = 15 * CUT_TIMESCALE
const SHORTEST_GAP = 0.05 * CUT_TIMESCALE

/**
 * One further quality of a broadcast: follows the source's cut list a little behind it. Where its frames don't come, another
 * quality's stand in for them, for players change by themselves too late (docs/decisions/0021-another-quality-stands-in.md),
 * and where it isn't there yet, the source lends its segments (docs/decisions/0026-rungs-on-demand.md); where neither can,
 * its playlist has gaps of the same numbers and times. Never a shift; what begins anew begins with a key frame at a cut.
 */
export class Rung {
  readonly rendition: Rendition
  /** Its own frames. */
  readonly own: Feed
  readonly #cutter: Cutter
  readonly #targetDuration: number
  readonly #sourceOf: () => Rendition | undefined
  #state: State = 'coming'
  /** Whose frames it shows. */
  #feed: Feed
  /** Whose frames it will show from the next cut on. */
  #next: Feed | undefined
  /** Its playlist has had more than one initialization section. */
  #isMixed = false
  /** Since when its frames are waited for, in ticks of CUT_TIMESCALE; undefined: nothing has come from the source since. */
  #since: number | undefined
  /** Where the source was behind its newest own frame, or when it was announced; undefined: nothing has come from the source since. */
  #heardAt: number | undefined
  /** Decode time of its newest own packet, in ticks of the track. */
  #last = Number.NEGATIVE_INFINITY
  /** Cuts below this media sequence number are of an earlier connection. */
  #notBefore = 0
  /** Where its playlist ends by the sum of what it lists, in ticks of CUT_TIMESCALE, since it doesn't flow. */
  #listedTo = 0
  /** Its playlist lists the source's segments. */
  #isLent = false
  /** Nobody watches it: it lists them until somebody does. */
  #isAsleep = false
  /** Where the source is, in ticks of CUT_TIMESCALE. */
  #sourceTime = Number.NEGATIVE_INFINITY
  /** Since when its own frames have come while it listed the source's segments, by their time. */
  #stirredAt: number | undefined

  /** @param targetDuration seconds @param source whose playlist it begins like, and whose segments it may list */
  constructor(rendition: Rendition, cutter: Cutter, targetDuration: number, source: () => Rendition | undefined) {
    this.rendition = rendition
    this.#sourceOf = source
    this.own = new Feed(rendition.track, rendition.alignment, cutter.cuts)
    this.#feed = this.own
    this.#cutter = cutter
    this.#targetDuration = targetDuration
    this.#isMixed = rendition.promised !== undefined
  }

  /** Its own frames come. */
  get flowing(): boolean {
    return this.#state === 'flowing' && this.#feed === this.own
  }
  /** It needs another's frames. */
  get needsStandIn(): boolean {
    if (this.#isAsleep) return false
    return this.rendition.window.lastMsn >= 0 && (this.#state === 'paused' || this.#feed !== this.own)
  }
  /** The source's segments are what it shows. */
  get isLent(): boolean {
    return this.#isLent
  }

  /** It was announced, or came, and nothing of its own has come for longer than it may take. */
  get isOverdue(): boolean {
    return !this.flowing && this.#heardAt !== undefined && this.#sourceTime - this.#heardAt > COMES_WITHIN
  }

  /** Its frames will come soon. */
  announce(): void {
    this.#heardAt = undefined
    if (this.#state !== 'paused' || (this.#isAsleep && this.rendition.promised?.always !== true)) return
    this.#isAsleep = false
    this.#state = 'coming'
    this.#since = undefined
  }

  track(track: Track): void {
    this.announce()
    this.own.track = track
    if (this.#isAsleep) return
    if (this.#feed !== this.own || this.rendition.isConfigured(track)) return
    if (this.#state === 'flowing') this.#halt()
    this.own.forget()
  }

  /**
   * One of its own frames.
   * @returns false: not taken
   */
  packet(packet: Packet): boolean {
    if (packet.dts <= this.#last) return false
    this.#last = packet.dts
    this.#heardAt = undefined
    const cut = this.own.take(packet)
    if (this.#isLent) {
      if (this.#hasCaughtUp(packet)) this.#wake()
      return true
    }
    if (cut !== undefined) {
      // It is back, not late.
      this.announce()
      if (this.#feed !== this.own) this.#next = this.own
    }
    this.offer(this.own, packet, cut)
    return true
  }

  /** Another's frames from its next key frame at a cut on. */
  borrow(feed: Feed): void {
    if (feed === (this.#next ?? this.#feed) || this.#next === this.own) return
    this.#next = feed
    if (feed.cut !== undefined && this.#canBegin(feed.cut)) this.#begin(feed, feed.cut)
  }

  /** A frame of any feed, which has taken it. @param cut that it is a key frame at */
  offer(feed: Feed, packet: Packet, cut: Cut | undefined): void {
    if (this.#state === 'flowing' && feed === this.#feed) {
      const time = feed.timeOf(packet)
      // Who follows may come a moment later.
      if (this.#missedCut(time) || (this.#next !== undefined && this.#passesCut(time))) this.#halt()
      else {
        this.#push(packet)
        return
      }
    }
    if (feed === (this.#next ?? this.#feed) && cut !== undefined && this.#canBegin(cut)) this.#begin(feed, cut)
  }

  /**
   * Nobody watches it, and nothing of its own comes until somebody does. What it has shown of another's frames breaks off, and
   * its playlist lists the source's segments meanwhile.
   */
  sleep(): void {
    const source = this.#sourceOf()
    if (this.#isAsleep || source === undefined) return
    if (this.#state === 'flowing') this.#halt()
    this.#state = 'paused'
    this.#feed = this.own
    this.#next = undefined
    this.#isAsleep = true
    this.#stirredAt = undefined
    this.own.forget()
    this.#follow(source)
  }

  /** Players are let in, and it shows nothing yet: if it is known what it will be, its playlist lists the source's segments until it is there. */
  letIn(): void {
    const lender = this.rendition.window.lastMsn < 0 ? this.#lender() : undefined
    if (lender !== undefined) this.#follow(lender)
  }

  #follow(source: Rendition): void {
    if (this.#isLent) return
    this.#isLent = true
    this.#stirredAt = undefined
    this.rendition.follow(source)
  }

  /**
   * Its own frames are as new as they will be: what somebody made first of a group that was under way comes later than a player
   * could wait.
   */
  #hasCaughtUp(packet: Packet): boolean {
    if (this.own.cut === undefined) return false
    const time = this.own.timeOf(packet)
    this.#stirredAt ??= time
    const isNear = this.#sourceTime - time <= CAUGHT_UP
    return isNear || time - this.#stirredAt > PATIENCE * this.#targetDuration * CUT_TIMESCALE
  }

  /** It takes the source's place where nothing of that is shown yet: here, or at the next cut. */
  #wake(): void {
    this.#isAsleep = false
    this.#isLent = false
    this.rendition.unfollow()
    this.#state = 'coming'
    this.#feed = this.own
    this.#next = undefined
    this.#since = undefined
    const { cut } = this.own
    if (cut !== undefined && this.#canBegin(cut)) this.#begin(this.own, cut)
  }

  /** Nothing of its own comes until further notice. */
  pause(): void {
    if (this.#isAsleep) return
    if (this.#state === 'flowing' && this.#feed === this.own) this.#halt()
    if (this.#next === this.own) this.#next = undefined
    if (this.#state !== 'flowing') this.#state = 'paused'
  }

  /** @param time that the source has reached, in ticks of CUT_TIMESCALE */
  follow(time: number): void {
    this.#sourceTime = time
    this.#heardAt ??= time
    if (this.#state === 'paused') return
    const reached = rescale(this.rendition.end ?? 0, this.rendition.track.timescale, CUT_TIMESCALE)
    if (this.#state === 'coming') this.#since ??= time
    const since = this.#state === 'flowing' ? reached : (this.#since ?? time)
    if (time - since <= PATIENCE * this.#targetDuration * CUT_TIMESCALE) return
    if (this.#state === 'flowing') this.#halt()
    this.#feed = this.own
    this.#next = undefined
    this.pause()
  }

  /** Lists what it misses, when a cut was made: the source's segments, or gaps. */
  list(): void {
    if (this.#state === 'flowing' || this.#isLent) return
    const nobodyComes = this.#state === 'paused' && this.#next === undefined
    this.#listMissed(nobodyComes ? this.#cutter.expectedEnd : undefined)
  }

  /** @param end of the newest segment, in ticks of CUT_TIMESCALE; undefined: it isn't over */
  #listMissed(end: number | undefined): void {
    const missed = this.#missed
    const isOver = missed !== undefined && (end ?? this.#cutter.cuts.after(missed.msn)) !== undefined
    const lender = isOver ? this.#lender() : undefined
    if (lender === undefined) this.#listGaps(end)
    else this.#follow(lender)
  }

  /** The first cut behind what it shows; undefined: there is none, or it shows nothing yet. */
  get #missed(): Cut | undefined {
    const { lastMsn } = this.rendition.window
    return lastMsn < 0 ? undefined : this.#cutter.cuts.after(lastMsn)
  }

  /** Who can show what comes next: the source, where that needs nothing before it, and where it is known what this rung is like. */
  #lender(): Rendition | undefined {
    const source = this.#sourceOf()
    if (this.rendition.promised === undefined || source === undefined) return undefined
    if (this.rendition.window.lastMsn < 0) return source
    const next = source.window.segment(this.#missed?.msn ?? -1)
    return next?.parts[0]?.independent === true ? source : undefined
  }

  /** The connection is gone. @param videoEnd where its picture ends, and `end` all of it, in ticks of CUT_TIMESCALE */
  discontinuity(videoEnd: number, end: number): void {
    if (this.#state === 'flowing') this.#halt(videoEnd)
    if (!this.#isLent) {
      this.#listMissed(end)
      this.rendition.window.settle()
    }
    this.#stirredAt = undefined
    this.#heardAt = undefined
    this.own.forget()
    this.#feed = this.own
    this.#next = undefined
    this.#notBefore = this.#cutter.nextMsn
    this.#since = undefined
  }

  #canBegin(cut: Cut): boolean {
    return cut.msn > this.rendition.window.lastMsn && cut.msn >= this.#notBefore
  }

  #begin(feed: Feed, cut: Cut): void {
    if (this.#state === 'flowing') this.#halt()
    const { rendition } = this
    if (this.#isLent) rendition.unfollow()
    this.#isLent = false
    if (rendition.configure(feed.track, feed === this.own ? undefined : feed.alignment)) this.#isMixed = true
    // What lies between is over.
    const lender = this.#missed?.msn === cut.msn ? undefined : this.#lender()
    if (lender !== undefined) rendition.follow(lender, cut.msn - 1)
    const source = feed === this.own ? this.#sourceOf() : undefined
    if (source !== undefined && rendition.window.lastMsn < 0) rendition.beginLike(source, cut)
    this.#listGaps(cut.time, cut)
    this.#state = 'flowing'
    this.#feed = feed
    this.#next = undefined
    for (const packet of feed.packets) this.#push(packet)
  }

  /**
   * Once there were two, key frames bring their parameter sets along: who asks for a part by its preload hint gets it before the
   * playlist tells of another initialization section, and shaka-player hands on even later ones with the one before.
   */
  #push(packet: Packet): void {
    const { codec } = this.#feed.track
    const whole = this.#isMixed && packet.isSync && codec.kind === 'h264'
    this.rendition.push(whole ? { ...packet, data: withParameterSets(packet.data, codec.avcC) } : packet)
  }

  #passesCut(time: number): boolean {
    const next = this.#cutter.cuts.after(this.rendition.window.lastMsn)
    return next !== undefined && time >= next.time - this.#feed.alignment.rounding
  }

  /** A cut went by, and no frame is at it: what follows can't be decoded, or would shift. */
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

  /**
   * @param end of the newest segment, in ticks of CUT_TIMESCALE; undefined: it isn't over
   * @param before only what lies before this cut
   */
  #listGaps(end: number | undefined, before?: Cut): void {
    const { window } = this.rendition
    if (window.lastMsn < 0) return
    const { cuts } = this.#cutter
    for (let cut = cuts.after(window.lastMsn); cut !== undefined; cut = cuts.after(cut.msn)) {
      const to = cuts.after(cut.msn)?.time ?? end
      if (to === undefined || (before !== undefined && cut.msn >= before.msn)) return
      // What was listed too long or too short before, because nobody could know better, is made good here.
      const from = Math.abs(this.#listedTo - cut.time) < CUT_TIMESCALE && !cut.discontinuity ? this.#listedTo : cut.time
      const ticks = Math.min(Math.max(SHORTEST_GAP, to - from), (this.#targetDuration + 0.49) * CUT_TIMESCALE)
      this.rendition.gap(cut, ticks / CUT_TIMESCALE)
      this.#listedTo = from + ticks
    }
  }
}
