import { initSegment } from '../formats/isobmff/init-segment.ts'
import type { Packet, Track } from '../media/packet.ts'
import type { CutList } from './cut-list.ts'
import type { RenditionKeeper } from './keeper.ts'
import { LiveWindow, type LiveWindowOptions } from './live-window.ts'
import type { Resumed } from './resume.ts'
import { Segmenter } from './segmenter.ts'

/** One playlist's worth of media: a track through all its codec configurations, and the live window that shows it. */
export class Rendition {
  /** Its name in addresses. */
  readonly name: string
  readonly window: LiveWindow
  /** Initialization sections by index; a new one for every codec configuration. Never changed, only added to. */
  readonly inits: Buffer[] = []
  /** The tracks they are of. */
  readonly tracks: Track[] = []
  readonly #cuts: CutList
  readonly #cutTime: (dts: number) => number
  readonly #partTarget: () => number
  #segmenter: Segmenter | undefined
  /** Of the configuration before: its last frame lasts until the first of this one. */
  #retired: Segmenter | undefined
  #track: Track
  #bits = 0
  #seconds = 0
  #peak = 0
  #countedMsn = -1

  /** Where its media is when it left memory. */
  readonly keeper: RenditionKeeper | undefined

  /**
   * @param partTarget PART-TARGET of this rendition in seconds; 0 while it is not known
   * @param kept what a process before this one has shown of it
   */
  constructor(
    name: string,
    track: Track,
    cuts: CutList,
    window: LiveWindowOptions,
    cutTime: (dts: number) => number,
    partTarget: (rendition: Rendition) => number,
    kept?: Resumed['renditions'][number],
  ) {
    this.name = name
    this.#partTarget = () => partTarget(this)
    this.#cuts = cuts
    this.#cutTime = cutTime
    this.window = new LiveWindow(window)
    this.keeper = window.keeper
    this.#track = track
    if (kept === undefined) this.configure(track)
    else this.#restore(kept)
  }

  #restore({ tracks, segments, gaps }: Resumed['renditions'][number]): void {
    for (const { track, init } of tracks) {
      this.inits.push(init)
      this.tracks.push(track)
    }
    this.#segmenter = this.#newSegmenter(this.#track)
    this.window.restore([...segments, ...gaps])
    for (const gap of gaps) this.keeper?.gap(gap)
  }

  /** The newest codec configuration. */
  get track(): Track {
    return this.#track
  }
  /** Decode time behind the newest packet in ticks of the track; undefined before the first. */
  get end(): number | undefined {
    return this.#segmenter?.end
  }

  /** A codec configuration. @returns whether it differs from the last one */
  configure(track: Track): boolean {
    const init = Buffer.from(initSegment(track))
    const changed = this.inits.length > 0 && this.inits.at(-1)?.equals(init) !== true
    if (changed || this.inits.length === 0) {
      this.inits.push(init)
      this.tracks.push(track)
      this.keeper?.init(this.inits.length - 1, track, init)
    }
    if (changed) this.#retire()
    if (changed || this.#segmenter === undefined) this.#segmenter = this.#newSegmenter(track)
    this.#track = track
    return changed
  }

  push(packet: Packet): void {
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
    this.#segmenter = this.#newSegmenter(this.#track)
    this.window.settle()
  }

  /** Bits per second of its segments so far: the highest and the average. */
  bandwidth(): { readonly peak: number; readonly average: number } {
    for (const segment of this.window.shown) {
      if (segment.msn <= this.#countedMsn || segment.duration === 0) continue
      this.#countedMsn = segment.msn
      this.#bits += segment.bytes * 8
      this.#seconds += segment.duration
      // A very short segment's rate says nothing about what a network must carry.
      if (segment.duration > 0.5) this.#peak = Math.max(this.#peak, (segment.bytes * 8) / segment.duration)
    }
    const open = this.window.open
    if (this.#seconds === 0 && open !== undefined && open.duration > 0) {
      const rate = Math.round((open.bytes * 8) / open.duration)
      return { peak: rate, average: rate }
    }
    const average = this.#seconds === 0 ? 0 : Math.round(this.#bits / this.#seconds)
    return { peak: Math.max(Math.round(this.#peak), average), average }
  }

  /** Two changes without a packet between them leave a segmenter that holds nothing. */
  #retire(): void {
    if (this.#segmenter?.end === undefined) return
    this.#retired?.flush()
    this.#retired = this.#segmenter
  }

  #newSegmenter(track: Track): Segmenter {
    const { codec, timescale } = track
    return new Segmenter(track, this.#cuts, this.window, {
      initIndex: this.inits.length - 1,
      frameTicks: codec.kind === 'aac' ? 1024 : timescale / 30,
      cutTime: this.#cutTime,
      partTarget: this.#partTarget,
    })
  }
}
