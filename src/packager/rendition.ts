import { initSegment } from '../formats/isobmff/init-segment.ts'
import type { Demand, PromisedRung } from '../live/rungs.ts'
import { type Packet, rescale, type Track } from '../media/packet.ts'
import { frameTicksOf, isSound } from '../media/sound.ts'
import { CUT_TIMESCALE, type Cut, type CutList } from './cut-list.ts'
import type { RenditionKeeper, SegmentFacts } from './keeper.ts'
import { LiveWindow, type LiveWindowOptions } from './live-window.ts'
import type { Resumed } from './resume.ts'
import type { Segment } from './segment.ts'
import { Segmenter } from './segmenter.ts'

/** How long a segment is likely to be, while its rate can only be guessed. Seconds. */
const GUESSED_FROM = 2

/** How a rendition's times are compared with those of the cut list, in ticks of CUT_TIMESCALE. */
export type Alignment = {
  /** The time of a frame decoded then. */
  readonly cutTime: (dts: number) => number
  /** So much may a frame of video seem earlier than its cut. */
  readonly rounding: number
}

/** One playlist's worth of media: a track through all its codec configurations, and the live window that shows it. */
export class Rendition {
  /** Its name in addresses. */
  readonly name: string
  readonly window: LiveWindow
  /** Initialization sections by index; one for every codec configuration. Never changed, only added to. */
  readonly inits: Buffer[] = []
  /** The tracks they are of. */
  readonly tracks: Track[] = []
  readonly alignment: Alignment
  readonly #cuts: CutList
  readonly #partTarget: () => number
  /** Of `inits`, those of another rendition, whose frames stood in for this one's. */
  readonly #lent = new Set<number>()
  /** Which of `inits` what is pushed now needs, and how its times are compared. */
  #initIndex = -1
  #alignment: Alignment
  #segmenter: Segmenter | undefined
  /** Of the configuration before: its last frame lasts until the first of this one. */
  #retired: Segmenter | undefined
  #track: Track
  #bits = 0
  #seconds = 0
  #peak = 0
  #countedMsn = -1
  /** What its rate is guessed by until a segment is complete: the key frame that it began with, and the frames behind it. */
  #first: { readonly key: number; bytes: number; ticks: number; lastDts: number } | undefined

  /** Where its media is when it left memory. */
  readonly keeper: RenditionKeeper | undefined
  /** What it will be like. */
  promised: PromisedRung | undefined
  #isOffered = false
  /** From this media sequence number on players aren't told of it for the sake of what it will be. */
  #withdrawnFrom = Number.POSITIVE_INFINITY
  /** Noted by those who answer players. */
  readonly demand: Demand

  /**
   * @param track its own; of a promised one that of the source, which stands in where it doesn't come
   * @param partTarget PART-TARGET of this rendition in seconds; 0 while it is not known
   * @param kept what a process before this one has shown of it
   */
  constructor(
    name: string,
    track: Track,
    cuts: CutList,
    window: LiveWindowOptions,
    alignment: Alignment,
    partTarget: (rendition: Rendition) => number,
    kept?: Resumed['renditions'][number],
    promised?: PromisedRung,
  ) {
    this.name = name
    this.promised = promised
    this.#partTarget = () => partTarget(this)
    this.#cuts = cuts
    this.alignment = alignment
    this.#alignment = alignment
    this.window = new LiveWindow(window)
    this.keeper = window.keeper
    this.#track = track
    const { window: own } = this
    this.demand = {
      lists: 0,
      media: 0,
      get waiting() {
        return own.waiting
      },
    }
    if (kept !== undefined) this.#restore(kept)
    else if (promised === undefined) this.configure(track)
    else this.configure(track, alignment)
  }

  #restore({ tracks, segments, gaps }: Resumed['renditions'][number]): void {
    for (const { track, init } of tracks) {
      this.inits.push(init)
      this.tracks.push(track)
    }
    this.#initIndex = this.tracks.indexOf(this.#track)
    this.#segmenter = this.#newSegmenter()
    this.window.restore([...segments, ...gaps])
    for (const gap of gaps) this.keeper?.gap(gap)
  }

  /** The newest codec configuration of its own. */
  get track(): Track {
    return this.#track
  }
  /** Decode time behind the newest packet in ticks of the track; undefined before the first. */
  get end(): number | undefined {
    return this.#segmenter?.end
  }

  /** What a frame lasts, as far as one can tell, in ticks of CUT_TIMESCALE. */
  get frameTicks(): number {
    return rescale(this.#segmenter?.step ?? 0, this.#track.timescale, CUT_TIMESCALE)
  }

  /** Whether it is configured for this now. */
  isConfigured(track: Track): boolean {
    return this.inits[this.#initIndex]?.equals(Buffer.from(initSegment(track))) === true
  }

  /** Whether segments with this initialization section show another rendition's frames. */
  isLent(initIndex: number): boolean {
    return this.#lent.has(initIndex)
  }

  /** Indexes of the initialization sections that are another rendition's. */
  get lentInits(): readonly number[] {
    return [...this.#lent]
  }
  /** It has been made: its own codec configuration is known. */
  get hasOwn(): boolean {
    return this.#lent.size < this.inits.length
  }

  /** Players are told of it even while nothing that it shows is its own: it is on its way, or made as soon as somebody watches it. */
  get isOffered(): boolean {
    return this.#isOffered
  }
  offer(): void {
    this.#isOffered = true
    this.#withdrawnFrom = Number.POSITIVE_INFINITY
  }
  withdraw(): void {
    if (!this.#isOffered) return
    this.#isOffered = false
    this.#withdrawnFrom = this.window.lastMsn + 1
  }

  /** Something of what playlists show is its own. */
  get showsOwn(): boolean {
    const { shown, open } = this.window
    const isOwn = ({ gap, initIndex }: Segment): boolean => !gap && !this.#lent.has(initIndex)
    return (open !== undefined && isOwn(open)) || shown.findLast(isOwn) !== undefined
  }

  /** These are known to be another rendition's. */
  lend(initIndex: number): void {
    this.#lent.add(initIndex)
  }

  /**
   * A codec configuration.
   * @param lentBy how the times of another rendition are compared, if what follows is that one's
   * @returns whether it differs from the last one
   */
  configure(track: Track, lentBy?: Alignment): boolean {
    const alignment = lentBy ?? this.alignment
    const init = Buffer.from(initSegment(track))
    let index = this.inits.findIndex((known) => known.equals(init))
    if (index < 0) {
      index = this.inits.push(init) - 1
      this.tracks.push(track)
      this.keeper?.init(index, track, init)
      if (lentBy !== undefined) this.lend(index)
    }
    const changed = index !== this.#initIndex && this.#initIndex >= 0
    const anew = changed || this.#segmenter === undefined || alignment !== this.#alignment
    this.#initIndex = index
    this.#alignment = alignment
    if (changed) this.#retire()
    if (anew) this.#segmenter = this.#newSegmenter()
    if (lentBy === undefined) this.#track = track
    return changed
  }

  /**
   * From the next segment on it shows another rendition's, without a copy of them, until `unfollow` or its own begin.
   * @param until the last one
   */
  follow(lender: Rendition, until?: number): void {
    this.window.follow(lender.window, (index) => this.#borrowInit(lender, index), until)
  }

  /**
   * Whether a segment shows frames of another rendition that players can have there (decision 21). Who waits for one that is
   * made on demand, or that isn't there yet, must be able to ask for it.
   */
  isStoodIn({ initIndex, lent, msn }: Pick<SegmentFacts, 'initIndex' | 'lent' | 'msn'>): boolean {
    if (!this.#lent.has(initIndex)) return false
    if (msn >= this.#withdrawnFrom) return true
    return lent !== true && (this.promised === undefined || this.promised.always)
  }

  /** It is to come by itself: no further segment is borrowed. */
  unfollow(): void {
    this.window.unfollow()
  }

  #borrowInit({ inits, tracks }: Rendition, index: number): number {
    const [init, track] = [inits[index], tracks[index]]
    if (init === undefined || track === undefined) return this.#initIndex
    const known = this.inits.findIndex((each) => each.equals(init))
    if (known >= 0) return known
    const added = this.inits.push(init) - 1
    this.tracks.push(track)
    this.keeper?.init(added, track, init)
    this.lend(added)
    return added
  }

  push(packet: Packet): void {
    this.#weigh(packet)
    const retired = this.#retired
    this.#retired = undefined
    retired?.flush(retired.track.timescale === this.#track.timescale ? packet.dts : undefined)
    this.#segmenter?.push(packet)
  }

  /** Others have come further than this rendition's packets: what it missed is listed as gaps. */
  miss(): void {
    this.#segmenter?.miss()
  }

  /**
   * The connection is gone: what is there is closed and shown, what is missing is a gap.
   * @param until where the connection's media ends, in ticks of CUT_TIMESCALE
   */
  flush(until: number): void {
    this.#retire()
    this.#retired?.flush()
    this.#retired = undefined
    this.#segmenter?.flush()
    this.#segmenter?.miss(until)
    this.#segmenter = this.#newSegmenter()
    this.window.settle()
  }

  /**
   * Begins at a cut, with a playlist that begins where the other's does: "Content that appears in a Media Playlist of one
   * Variant Stream but not in another MUST … NOT be longer than the Target Duration" (RFC 8216bis 6.2.4). What it has not
   * is listed as gaps.
   */
  beginLike(other: Rendition, cut: Cut): void {
    const { shown, open } = other.window
    for (let msn = shown[0]?.msn ?? open?.msn ?? cut.msn; msn < cut.msn; msn++) {
      const segment = other.window.segment(msn)
      const next = other.window.segment(msn + 1)?.cut ?? cut
      if (segment === undefined) continue
      const distance = (next.time - segment.cut.time) / CUT_TIMESCALE
      this.gap(segment.cut, next.discontinuity ? segment.duration : distance)
    }
    this.#segmenter?.begin(cut)
  }

  /** A segment without media. @param seconds how long it is listed to be */
  gap(cut: Cut, seconds: number): void {
    this.window.addGap(cut, this.#initIndex, seconds)
  }

  /**
   * Closes what is open; the next packet begins anew.
   * @param until the newest frame is shown, in ticks of CUT_TIMESCALE
   */
  stop(until: number): void {
    this.#segmenter?.flushAt(until)
    this.#segmenter = this.#newSegmenter()
    this.window.settle()
  }

  /** Bits per second of its segments so far: the highest and the average. Before one is complete both are a guess. */
  bandwidth(): { readonly peak: number; readonly average: number } {
    for (const segment of this.window.shown) {
      if (segment.msn <= this.#countedMsn || segment.duration === 0) continue
      this.#countedMsn = segment.msn
      if (segment.gap || this.#lent.has(segment.initIndex)) continue
      this.#bits += segment.bytes * 8
      this.#seconds += segment.duration
      // A very short segment's rate says nothing about what a network must carry.
      if (segment.duration > 0.5) this.#peak = Math.max(this.#peak, (segment.bytes * 8) / segment.duration)
    }
    if (this.#seconds === 0 && this.#first !== undefined) {
      const { key, bytes, ticks } = this.#first
      const seconds = ticks / this.#track.timescale
      // A key frame weighs many others: alone with a few of them it would look like a rate that never comes.
      const rest = seconds === 0 ? 0 : bytes / seconds
      const rate = Math.round((key / Math.max(seconds, GUESSED_FROM) + rest) * 8)
      return { peak: rate, average: rate }
    }
    const average = this.#seconds === 0 ? 0 : Math.round(this.#bits / this.#seconds)
    return { peak: Math.max(Math.round(this.#peak), average), average }
  }

  #weigh({ dts, data }: Packet): void {
    const { byteLength } = data
    if (this.#lent.has(this.#initIndex) || (this.#first?.ticks ?? 0) > GUESSED_FROM * this.#track.timescale) return
    if (this.#first === undefined) {
      this.#first = { key: byteLength, bytes: 0, ticks: 0, lastDts: dts }
      return
    }
    this.#first.bytes += byteLength
    this.#first.ticks += dts - this.#first.lastDts
    this.#first.lastDts = dts
  }

  /** Two changes without a packet between them leave a segmenter that holds nothing. */
  #retire(): void {
    if (this.#segmenter?.end === undefined) return
    this.#retired?.flush()
    this.#retired = this.#segmenter
  }

  #newSegmenter(): Segmenter {
    const track = this.tracks[this.#initIndex] ?? this.#track
    const { codec, timescale } = track
    return new Segmenter(track, this.#cuts, this.window, {
      initIndex: this.#initIndex,
      frameTicks: isSound(codec) ? frameTicksOf(codec) : timescale / 30,
      cutTime: this.#alignment.cutTime,
      partTarget: this.#partTarget,
      rounding: this.#alignment.rounding,
    })
  }
}
