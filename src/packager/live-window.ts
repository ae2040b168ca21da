import type { Cut } from './cut-list.ts'
import type { RenditionKeeper, SegmentFacts } from './keeper.ts'
import { LentSegment } from './lent-segment.ts'
import { Pacer } from './pacer.ts'
import type { Part, Segment } from './segment.ts'

/** Something that waits until the playlist has come further: a blocked playlist request, a part that was hinted at. */
export type Waiter = {
  /** What it waits for: part `part` of segment `msn`, or the whole segment when `part` is undefined. */
  readonly msn: number
  readonly part: number | undefined
  /** Wakes it, too, when the segment closes without that part. */
  readonly orClosed?: boolean
  /** Called once, in the next turns of the event loop. */
  wake(): void
}

export type LiveWindowOptions = {
  /** What playlists show, seconds. */
  readonly liveSeconds: number
  /** Bytes this rendition may hold; the oldest segments go first. */
  readonly maxBytes: number
  /** At least so long between the publication of two parts, milliseconds. 0: no pacing. */
  readonly pacingMs: number
  /** The part of addresses that says which start of the server made them. */
  readonly epoch: string
  /** Where media stays when it leaves memory. */
  readonly keeper?: RenditionKeeper | undefined
}

/** A last part shorter than this sets off the race of hls.js (docs/decisions/0002-parts-without-a-short-tail.md). */
const SHORT_TAIL = 0.24
const ELSEWHERE = Buffer.alloc(0)

/** Another rendition's window whose segments are shown. */
type Lender = {
  readonly window: LiveWindow
  /** Which of one's own initialization sections is that of the lender's. */
  readonly initOf: (initIndex: number) => number
  /** The last one that is borrowed. */
  until: number
}
/** No segment has more. */
const MOST_PARTS = 1000
/** Waiters woken in one turn of the event loop, so that thousands of them don't block it. */
const WOKEN_AT_ONCE = 256

/**
 * The newest segments of one rendition, in memory, shared by all its viewers: the only writer is the segmenter, the
 * readers are playlists and requests for parts. What left the playlist can be fetched for one playlist length more
 * (RFC 8216bis 6.2.2).
 */
export class LiveWindow {
  readonly #options: LiveWindowOptions
  readonly #pacer: Pacer
  #segments: Segment[] = []
  /** Index in #segments of the playlist's first segment. */
  #firstShown = 0
  #waiters = new Set<Waiter>()
  #fragments = 0
  #accepted = -1
  #bytes = 0
  /** Segments that have parts. */
  #withMedia = 0
  #ended = false
  #lender: Lender | undefined
  /** Windows that show this one's segments. */
  readonly #borrowers = new Set<LiveWindow>()
  /** Grows with every change of what playlists say. */
  version = 0

  constructor(options: LiveWindowOptions) {
    this.#options = options
    this.#pacer = new Pacer(options.pacingMs)
  }

  /** Media sequence number of the newest segment that was begun, even if the pacer still holds it back; -1: none. */
  get lastMsn(): number {
    return this.#accepted
  }
  get ended(): boolean {
    return this.#ended
  }
  get bytes(): number {
    return this.#bytes
  }
  get waiting(): number {
    return this.#waiters.size
  }
  /** EXT-X-DISCONTINUITY-SEQUENCE: the tags that left the playlist. */
  get discontinuitySequence(): number {
    const first = this.#segments[this.#firstShown]?.cut
    return first === undefined ? 0 : first.discontinuitySequence - (first.discontinuity ? 1 : 0)
  }
  /** Closed segments that the playlist shows. */
  get shown(): readonly Segment[] {
    return this.#segments.slice(this.#firstShown).filter((segment) => segment.listed)
  }
  /** The segment whose parts are shown but whose EXTINF is not yet. */
  get open(): Segment | undefined {
    return this.#segments.findLast((segment) => !segment.listed && segment.parts.length > 0)
  }
  /** Has anything to show. */
  get playable(): boolean {
    return this.#withMedia > 0
  }

  /** Where the playlist ends: for rendition reports and for what to hint at. */
  get edge(): { readonly msn: number; readonly part: number | undefined } | undefined {
    const { open } = this
    if (open !== undefined) return { msn: open.msn, part: open.parts.length - 1 }
    const last = this.#segments.findLast((segment) => segment.listed)
    return last === undefined ? undefined : { msn: last.msn, part: last.gap ? undefined : last.parts.length - 1 }
  }

  /** The part that comes next. */
  get next(): { readonly msn: number; readonly part: number } | undefined {
    const { open } = this
    if (open !== undefined && !open.closed) return { msn: open.msn, part: open.parts.length }
    const last = this.#segments.at(-1)
    if (last === undefined) return undefined
    return last.closed ? { msn: last.msn + 1, part: 0 } : { msn: last.msn, part: last.parts.length }
  }

  /** Takes up what a process before this one has shown: complete segments, oldest first, whose bytes are not in memory. */
  restore(segments: readonly SegmentFacts[]): void {
    for (const segment of segments) {
      const parts = segment.parts.map((part) => ({ ...part, bytes: ELSEWHERE }))
      this.#segments.push({ ...segment, parts, held: 0, listed: true, closed: true })
      if (parts.length > 0) this.#withMedia++
      this.#accepted = segment.msn
    }
    // More than there ever were: they only have to grow.
    this.#fragments = (this.#accepted + 1) * MOST_PARTS
    this.#trim()
    this.#changed()
  }

  /**
   * From its next segment on it shows another window's, at the same moments, until it is told not to: the same parts, which
   * are held, and kept, there.
   * @param initOf which of this rendition's initialization sections is that of the other's
   * @param until the last one that is borrowed
   */
  follow(window: LiveWindow, initOf: Lender['initOf'], until = Number.POSITIVE_INFINITY): void {
    this.#letGo()
    this.#lender = { window, initOf, until }
    window.#borrowers.add(this)
    this.#lenderChanged()
  }

  /** No further segment is borrowed; one that is open goes on to its end. */
  unfollow(): void {
    if (this.#lender !== undefined) this.#lender.until = Math.min(this.#lender.until, this.#accepted)
  }

  nextFragmentNumber(): number {
    return ++this.#fragments
  }

  segment(msn: number): Segment | undefined {
    const first = this.#segments[0]
    return first === undefined ? undefined : this.#segments[msn - first.msn]
  }

  /** @param time presentation time of its first sample, in ticks of its track */
  openSegment(cut: Cut, initIndex: number, time = cut.time): void {
    this.#accepted = cut.msn
    this.#pacer.next(() => {
      this.#letGo()
      this.#segments.push({
        msn: cut.msn,
        cut,
        epoch: this.#options.epoch,
        initIndex,
        time,
        parts: [],
        duration: 0,
        bytes: 0,
        held: 0,
        gap: false,
        listed: false,
        closed: false,
      })
    })
  }

  /** @param last no further part of its segment comes, so that the preload hint names the next segment's first */
  addPart(part: Part, last = false): void {
    this.#pacer.spaced(() => {
      const segment = this.#segments.at(-1)
      if (segment === undefined) return
      // A short last part was shown alone; now its segment may be shown as complete.
      const before = this.#segments.at(-2)
      if (before?.closed) before.listed = true
      const { keeper } = this.#options
      // Not before: the date of a connection's first segment may move until its first part is there.
      if (segment.parts.length === 0) {
        keeper?.open(segment)
        this.#withMedia++
      }
      keeper?.part(part, part.bytes)
      segment.parts.push(part)
      segment.duration += part.duration
      segment.bytes += part.bytes.byteLength
      segment.held += part.bytes.byteLength
      this.#bytes += part.bytes.byteLength
      segment.closed = last
      this.#changed()
    })
  }

  closeSegment(): void {
    this.#pacer.next(() => {
      const segment = this.#segments.at(-1)
      if (segment === undefined || segment.listed) return
      segment.closed = true
      segment.listed = segment.parts.length === 1 || (segment.parts.at(-1)?.duration ?? 0) >= SHORT_TAIL
      if (segment.parts.length > 0) this.#options.keeper?.close()
      else this.#options.keeper?.gap(segment)
      this.#trim()
      this.#changed()
    })
  }

  /** A segment without media. */
  addGap(cut: Cut, initIndex: number, duration: number): void {
    this.#accepted = cut.msn
    this.#pacer.next(() => {
      this.#letGo()
      const before = this.#segments.at(-1)
      if (before !== undefined) before.listed = true
      const gap: Segment = {
        msn: cut.msn,
        cut,
        epoch: this.#options.epoch,
        initIndex,
        time: cut.time,
        parts: [],
        duration,
        bytes: 0,
        held: 0,
        gap: true,
        listed: true,
        closed: true,
      }
      this.#segments.push(gap)
      this.#options.keeper?.gap(gap)
      this.#trim()
      this.#changed()
    })
  }

  /** Nothing more comes from this connection: what was held back is shown. */
  settle(): void {
    this.#pacer.next(() => {
      const last = this.#segments.at(-1)
      if (last === undefined || last.listed || !last.closed) return
      last.listed = true
      this.#changed()
    })
  }

  /** Nothing more comes at all. */
  end(): void {
    this.#pacer.flush()
    for (const segment of this.#segments) segment.listed = segment.closed
    this.#ended = true
    this.#changed()
  }

  /** Shows what the pacer holds back, at once, and lets go of all that wait: the server stops. */
  release(): void {
    this.#pacer.flush()
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    wakeInChunks(waiters)
  }

  /** Whether the playlist already holds what the waiter waits for. */
  reached(msn: number, part: number | undefined): boolean {
    if (this.#ended) return true
    const first = this.#segments[0]
    const segment = this.segment(msn)
    if (segment === undefined) return first !== undefined && msn < first.msn
    if (part === undefined) return segment.listed
    if (part < segment.parts.length || segment.gap) return true
    // "beyond the last part of a segment means part 0 of the next" (RFC 8216bis 6.2.5.2)
    return segment.closed && (this.segment(msn + 1)?.parts.length ?? 0) > 0
  }

  wait(waiter: Waiter): () => void {
    this.#waiters.add(waiter)
    return () => this.#waiters.delete(waiter)
  }

  #lenderChanged(): void {
    this.#pacer.next(() => {
      this.#borrow()
      this.#trim()
      this.#changed()
    })
  }

  /** Shows what the lender has shown meanwhile. One that nothing is there of yet may still be its own. */
  #borrow(): void {
    this.#keepNumbers()
    if (this.#lender === undefined) return
    const { window, initOf, until } = this.#lender
    const last = this.#segments.at(-1)
    const newer = last === undefined ? window.#firstShown : window.#segments.findIndex(({ msn }) => msn > last.msn)
    for (const segment of newer < 0 ? [] : window.#segments.slice(newer)) {
      if (segment.msn > until || (segment.parts.length === 0 && !segment.closed)) return
      this.#segments.push(new LentSegment(segment, initOf(segment.initIndex)))
      if (segment.parts.length > 0) this.#withMedia++
      this.#accepted = segment.msn
      this.#keepNumbers()
    }
  }

  /** The number of a borrowed segment is kept when it is over. */
  #keepNumbers(): void {
    const last = this.#segments.at(-1)
    if (!(last instanceof LentSegment) || last.kept || !last.closed) return
    last.kept = true
    this.#options.keeper?.gap(last)
  }

  /** Something of its own follows: what the lender holds back goes before it. */
  #letGo(): void {
    if (this.#lender === undefined) return
    const { window } = this.#lender
    if (this.#segments.at(-1)?.closed === false) window.#pacer.flush()
    this.#keepNumbers()
    window.#borrowers.delete(this)
    this.#lender = undefined
  }

  #changed(): void {
    this.version++
    for (const borrower of this.#borrowers) borrower.#lenderChanged()
    if (this.#waiters.size === 0) return
    const woken: Waiter[] = []
    for (const waiter of this.#waiters) {
      // A hinted part whose segment closed without it never comes: its waiter must hear of it.
      if (this.reached(waiter.msn, waiter.part) || this.#neverComes(waiter)) {
        this.#waiters.delete(waiter)
        woken.push(waiter)
      }
    }
    wakeInChunks(woken)
  }

  #neverComes({ msn, part, orClosed }: Waiter): boolean {
    const segment = this.segment(msn)
    if (orClosed === true && segment?.closed === true) return true
    return segment?.gap === true && part !== undefined
  }

  #trim(): void {
    const { liveSeconds, maxBytes } = this.#options
    let shown = 0
    for (let i = this.#firstShown; i < this.#segments.length; i++) shown += this.#segments[i]?.duration ?? 0
    for (
      let first = this.#segments[this.#firstShown];
      first?.listed && shown - first.duration >= liveSeconds;
      first = this.#segments[this.#firstShown]
    ) {
      shown -= first.duration
      this.#firstShown++
    }
    let kept = 0
    for (let i = 0; i < this.#firstShown; i++) kept += this.#segments[i]?.duration ?? 0
    while (this.#firstShown > 0 && (kept > liveSeconds || this.#bytes > maxBytes)) kept -= this.#dropFirst()
    while ((this.#bytes > maxBytes && this.#segments.length > 2) || this.#isTakenBack) {
      const first = this.#segments[0]
      if (first === undefined || !first.listed) return
      this.#firstShown = Math.max(1, this.#firstShown)
      this.#dropFirst()
    }
  }

  /** The lender has let go of the first segment, for want of memory. */
  get #isTakenBack(): boolean {
    const first = this.#segments[0]
    if (this.#lender === undefined || !(first instanceof LentSegment) || this.#segments.length <= 2) return false
    return first.msn < (this.#lender.window.#segments[0]?.msn ?? 0)
  }

  #dropFirst(): number {
    const dropped = this.#segments.shift()
    this.#firstShown--
    this.#bytes -= dropped?.held ?? 0
    if ((dropped?.parts.length ?? 0) > 0) this.#withMedia--
    return dropped?.duration ?? 0
  }
}

function wakeInChunks(waiters: readonly Waiter[], from = 0): void {
  const until = Math.min(from + WOKEN_AT_ONCE, waiters.length)
  for (let i = from; i < until; i++) waiters[i]?.wake()
  if (until < waiters.length) setImmediate(wakeInChunks, waiters, until)
}
