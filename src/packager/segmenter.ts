import { fragment, type Sample } from '../formats/isobmff/fragment.ts'
import { type Packet, rescale, type Track } from '../media/packet.ts'
import { CUT_TIMESCALE, type Cut, type CutList } from './cut-list.ts'
import type { LiveWindow } from './live-window.ts'

/** A little more than half a frame: a cut and a part boundary at the same moment must not fall on two sides of a frame by rounding. */
const HALF = 0.53

/** "at least 85 % of the Part Target Duration", but for the last part of a segment (RFC 8216bis 4.4.4.9). */
const SHORTEST_PART = 0.85

/**
 * Makes one rendition's CMAF parts and segments from its packets, cut where the cut list says. A sample's duration is
 * the distance to the next one, so the newest packet always waits for its successor.
 */
export class Segmenter {
  readonly track: Track
  readonly #cuts: CutList
  readonly #window: LiveWindow
  readonly #initIndex: number
  /** Added to a packet's decode time to get the time that is compared with cuts, in ticks of CUT_TIMESCALE. */
  readonly #cutTime: (dts: number) => number
  readonly #partTarget: () => number
  readonly #rounding: number
  #cut: Cut | undefined
  #begin: Cut | undefined
  #pending: Packet | undefined
  #samples: Sample[] = []
  /** What the samples are of. */
  #sampled: Packet[] = []
  #samplesStart = 0
  #partsClosed = 0
  /** Duration of the newest sample that had a successor. */
  #step: number
  /**
   * Added to decode times, and taken off composition offsets, in ticks of the track: what the first frame's reordering takes. A segment's
   * decode time is then when its first frame is shown, for which shaka-player takes it (docs/decisions/0031-times-that-agree.md).
   */
  #shift: number | undefined

  /**
   * @param lastMsn the media sequence number that this rendition reached before (with an earlier configuration); undefined: none
   * @param frameTicks what a frame is likely to last, in ticks of the track
   * @param partTarget PART-TARGET in seconds; 0 while it is not known
   * @param rounding so much may a frame of video seem earlier than its cut, in ticks of CUT_TIMESCALE
   */
  constructor(
    track: Track,
    cuts: CutList,
    window: LiveWindow,
    options: {
      readonly initIndex: number
      readonly frameTicks: number
      readonly cutTime: (dts: number) => number
      readonly partTarget: () => number
      readonly rounding: number
    },
  ) {
    this.track = track
    this.#cuts = cuts
    this.#window = window
    this.#initIndex = options.initIndex
    this.#step = options.frameTicks
    this.#cutTime = options.cutTime
    this.#partTarget = options.partTarget
    this.#rounding = options.rounding
  }

  /** Decode time behind the last packet, in ticks of the track; undefined before the first. */
  get end(): number | undefined {
    return this.#pending === undefined ? undefined : this.#pending.dts + this.#step
  }

  /** Duration of a frame, as far as one can tell, in ticks of the track. */
  get step(): number {
    return this.#step
  }

  /** Where to begin, if its window is empty; without this: with the newest cut. */
  begin(cut: Cut): void {
    this.#begin = cut
  }

  push(packet: Packet): void {
    const time = this.#cutTime(rescale(packet.dts, this.track.timescale, CUT_TIMESCALE))
    // A video frame belongs to the segment whose cut has its time or an earlier one; an audio frame to the nearest.
    const tolerance =
      this.track.codec.kind === 'h264'
        ? this.#rounding
        : rescale(this.#step, this.track.timescale, CUT_TIMESCALE) * HALF
    for (let next = this.#nextCut(); next !== undefined && time >= next.time - tolerance; next = this.#nextCut()) {
      this.#takeCut(next, packet, time, tolerance)
    }
    const cut = this.#cut
    if (cut === undefined) return
    const partTarget = this.#partTarget() * this.track.timescale
    this.#finishPending(packet.dts)
    if (cut.partTicks !== undefined && this.#samples.length > 0) {
      const ticks = packet.dts - this.#samplesStart
      const frame = rescale(ticks, this.track.timescale, CUT_TIMESCALE) / this.#samples.length
      const due = time >= cut.time + (this.#partsClosed + 1) * cut.partTicks - frame / 2
      if (due && ticks >= partTarget * SHORTEST_PART && !this.#cutFollows(time, ticks, partTarget)) this.#closePart()
    }
    this.#pending = packet
  }

  /** The cut comes so soon that what is left before it would be a part of a frame or two, and still fits into this one. */
  #cutFollows(time: number, ticks: number, partTarget: number): boolean {
    const next = this.#nextCut()
    if (next === undefined) return false
    const left = rescale(next.time - time, CUT_TIMESCALE, this.track.timescale)
    return left < partTarget / 4 && ticks + left + this.#step / 2 <= partTarget
  }

  /**
   * Ends the open part and segment with what is there: the connection is gone, the server stops, or another configuration begins.
   * @param nextDts decode time of what follows in another segmenter; undefined: nothing does
   */
  flush(nextDts?: number): void {
    this.#finishPending(nextDts)
    this.#closeSegment()
    this.#cut = undefined
  }

  /** The same; the last frame is shown until a time of the cut list. */
  flushAt(time: number): void {
    this.flush(this.#dtsAt(time))
  }

  /**
   * Cuts were made that no packet of this rendition has reached: what is over is closed, and listed as gaps.
   * @param until time at which the newest segment ends, in ticks of CUT_TIMESCALE; undefined: it goes on
   */
  miss(until?: number): void {
    if (this.#window.lastMsn < 0) return
    for (let next = this.#nextCut(); next !== undefined; next = this.#nextCut()) {
      this.flushAt(next.time)
      const end = this.#cuts.after(next.msn)?.time ?? until
      if (end === undefined) return
      this.#window.addGap(next, this.#initIndex, Math.max(0, end - next.time) / CUT_TIMESCALE)
    }
  }

  #nextCut(): Cut | undefined {
    return this.#cut === undefined ? this.#firstCut() : this.#cuts.after(this.#cut.msn)
  }

  /** A rendition begins with the newest cut that its window does not have yet. */
  #firstCut(): Cut | undefined {
    if (this.#begin !== undefined && this.#window.lastMsn < 0) return this.#begin
    const last = this.#cuts.last
    return last !== undefined && last.msn > this.#window.lastMsn
      ? this.#cuts.after(this.#window.lastMsn < 0 ? undefined : this.#window.lastMsn)
      : undefined
  }

  /** @param time of the packet that reached the cut, in ticks of CUT_TIMESCALE */
  #takeCut(cut: Cut, packet: Packet, time: number, tolerance: number): void {
    const another = this.#cuts.after(cut.msn)
    const skipped = another !== undefined && time >= another.time - tolerance
    // Frames are missing up to this cut: the last one lasts until it, for a segment's time never shifts. A cut without a key
    // frame may lie a little before the first frame behind it: there nothing is missing.
    const step = rescale(this.#step, this.track.timescale, CUT_TIMESCALE)
    this.#finishPending(
      time > cut.time + Math.max(step, tolerance) ? Math.min(this.#dtsAt(cut.time), packet.dts) : packet.dts,
    )
    this.#closeSegment()
    if (skipped) this.#window.addGap(cut, this.#initIndex, (another.time - cut.time) / CUT_TIMESCALE)
    else this.#window.openSegment(cut, this.#initIndex, this.#presentationTime(packet))
    this.#shift ??= this.#presentationTime(packet) - packet.dts
    this.#cut = cut
    this.#partsClosed = 0
  }

  /**
   * Where a segment that begins with this packet begins to be shown. Without a key frame that is not the packet's own time:
   * what is shown first may be decoded later.
   */
  #presentationTime(packet: Packet): number {
    if (packet.isSync) return packet.dts + packet.cts
    const { timescale } = this.track
    return rescale(this.#cutTime(rescale(packet.dts, timescale, CUT_TIMESCALE)), CUT_TIMESCALE, timescale)
  }

  /** Decode time that lies at a time of the cut list, in ticks of the track. */
  #dtsAt(time: number): number {
    return rescale(time - this.#cutTime(0), CUT_TIMESCALE, this.track.timescale)
  }

  /** @param nextDts decode time of the packet that follows; undefined: none does */
  #finishPending(nextDts: number | undefined): void {
    const packet = this.#pending
    if (packet === undefined) return
    this.#pending = undefined
    const duration = nextDts === undefined ? this.#step : Math.max(1, nextDts - packet.dts)
    // A hole is no measure of a frame.
    if (duration < this.track.timescale / 2) this.#step = duration
    // Frames that come irregularly must not make a part longer than PART-TARGET: then it ends before the last of them.
    const partTarget = this.#partTarget() * this.track.timescale
    if (partTarget > 0 && packet.dts + duration - this.#samplesStart > partTarget) this.#closePart()
    if (this.#samples.length === 0) this.#samplesStart = packet.dts
    const compositionTimeOffset = packet.cts - (this.#shift ?? 0)
    this.#samples.push({ duration, compositionTimeOffset, isSync: packet.isSync, data: packet.data })
    this.#sampled.push(packet)
  }

  #closePart(last = false): void {
    if (this.#samples.length === 0) return
    let ticks = 0
    for (const sample of this.#samples) ticks += sample.duration
    const bytes = fragment(this.#window.nextFragmentNumber(), this.#samplesStart + (this.#shift ?? 0), this.#samples)
    this.#moveInto(bytes)
    const part = {
      bytes,
      duration: ticks / this.track.timescale,
      independent: this.#samples[0]?.isSync === true,
      frames: this.#samples.length,
    }
    this.#window.addPart(part, last)
    this.#partsClosed++
    this.#samples = []
    this.#sampled = []
  }

  /** What the packets came in is free then, though somebody keeps the last group of pictures for those who join. */
  #moveInto(part: Buffer): void {
    let end = part.byteLength
    for (let i = this.#sampled.length - 1; i >= 0; i--) {
      const packet = this.#sampled[i]
      if (packet === undefined) continue
      const begin = end - packet.data.byteLength
      packet.data = part.subarray(begin, end)
      end = begin
    }
  }

  #closeSegment(): void {
    if (this.#cut === undefined) return
    this.#closePart(true)
    this.#window.closeSegment()
  }
}
