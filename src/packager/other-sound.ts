import type { SoundSink } from '../live/sound-sink.ts'
import { type Packet, rescale, type Track } from '../media/packet.ts'
import { frameTicksOf, isSound } from '../media/sound.ts'
import { CUT_TIMESCALE } from './cut-list.ts'
import type { Cutter } from './cutter.ts'
import type { Rendition } from './rendition.ts'
import { silentFrame } from './silence.ts'

/** So far behind the encoder's own sound, silence takes its place: who plays it must not stand still. Seconds. */
const PATIENCE = 1.5
/** Its playlist begins with a segment that it has all of but for so much, in ticks of CUT_TIMESCALE. */
const LATE = 0.1 * CUT_TIMESCALE
/** Packets that are waited with at the most, however late the encoder's own sound is. */
const MOST_WAITING = 1000

export type OtherSoundOptions = {
  readonly cutter: Cutter
  readonly newRendition: (track: Track) => Rendition
  /** The sound as its encoder sends it. */
  readonly source: () => Rendition | undefined
  /** It may be playable now, or is no longer waited for. */
  readonly changed: () => void
}

/**
 * Another form of a broadcast's sound: cut where the encoder's own is, and never ahead of it, so that it knows of a cut in time.
 * Where its packets don't come, silence takes their place, so that who plays it goes on.
 */
export class OtherSound implements SoundSink {
  readonly #options: OtherSoundOptions
  #rendition: Rendition | undefined
  #waiting: Packet[] = []
  /** Where the next packet belongs, in ticks of the track; undefined: nothing has come since the connection began. */
  #next: number | undefined
  #isExpected = false
  #flows = false
  #closed = false

  constructor(options: OtherSoundOptions) {
    this.#options = options
  }

  get rendition(): Rendition | undefined {
    return this.#rendition
  }
  /** It is there to play, and not silence alone. */
  get playable(): boolean {
    return this.#flows && this.#rendition?.window.playable === true
  }
  /** It was announced and is still to come. */
  get awaited(): boolean {
    return this.#isExpected && this.#rendition?.window.playable !== true
  }

  /** What a process before this one has shown. */
  restore(rendition: Rendition): void {
    this.#rendition = rendition
  }

  expect(): void {
    this.#isExpected = true
  }

  track(track: Track): void {
    if (this.#closed) return
    if (this.#rendition === undefined) this.#rendition = this.#options.newRendition(track)
    else this.#rendition.configure(track)
  }

  packet(packet: Packet): void {
    if (this.#closed || this.#rendition === undefined) return
    this.#flows = true
    if (this.#waiting.push(packet) > MOST_WAITING) this.#waiting.shift()
    this.follow()
    this.#options.changed()
  }

  pause(): void {
    this.#isExpected = false
    this.#flows = false
    this.#options.changed()
  }

  /** The encoder's own sound may have come further. Cheap when there is nothing to do. */
  follow(): void {
    const rendition = this.#rendition
    const reached = this.#reached
    if (rendition === undefined || reached === undefined) return
    // Behind the beginning of its newest frame there may be a cut that nobody knows of yet.
    this.#release(rendition, reached - this.#sourceFrame)
    const behind = reached - (this.#next ?? this.#begin ?? reached)
    if (behind > PATIENCE * rendition.track.timescale) this.#fill(reached - (PATIENCE / 2) * rendition.track.timescale)
  }

  /** The connection is gone: what didn't come in time is silence. @param end of all its media, in ticks of CUT_TIMESCALE */
  discontinuity(end: number): void {
    const rendition = this.#rendition
    const reached = this.#reached
    if (rendition !== undefined && reached !== undefined) {
      this.#release(rendition, reached - 1)
      this.#fill(reached)
    }
    rendition?.flush(end)
    this.#waiting = []
    this.#next = undefined
  }

  /** Nothing is taken any more. */
  close(): void {
    this.#closed = true
  }

  /** How far the encoder's own sound has come, in ticks of this track. */
  get #reached(): number | undefined {
    const source = this.#options.source()
    if (this.#rendition === undefined || source?.end === undefined) return undefined
    return rescale(source.end, source.track.timescale, this.#rendition.track.timescale)
  }

  /** What a frame of the encoder's own sound lasts, in ticks of this track. */
  get #sourceFrame(): number {
    const source = this.#options.source()?.track
    if (source === undefined || this.#rendition === undefined || !isSound(source.codec)) return 0
    return rescale(frameTicksOf(source.codec), source.timescale, this.#rendition.track.timescale)
  }

  /** Where a connection's sound begins that has not come yet, in ticks of this track; undefined: there was none before. */
  get #begin(): number | undefined {
    const rendition = this.#rendition
    if (rendition === undefined || rendition.window.lastMsn < 0) return undefined
    const cut = this.#options.cutter.cuts.after(rendition.window.lastMsn)
    return cut === undefined ? undefined : rescale(cut.time, CUT_TIMESCALE, rendition.track.timescale)
  }

  /** @param until decode time of the last, in ticks of the track */
  #release(rendition: Rendition, until: number): void {
    let taken = 0
    for (const packet of this.#waiting) {
      if (packet.dts > until) break
      taken++
      this.#take(rendition, packet)
    }
    if (taken > 0) this.#waiting.splice(0, taken)
  }

  #take(rendition: Rendition, packet: Packet): void {
    const frame = this.#frame(rendition)
    // Silence stands there already.
    if (this.#next !== undefined && packet.dts < this.#next - frame / 2) return
    if (rendition.window.lastMsn < 0 && this.#next === undefined && !this.#beginAt(rendition, packet)) return
    // What was missed in between, or a hole in the source.
    if (this.#next !== undefined) this.#fillTo(rendition, packet.dts)
    rendition.push(packet)
    this.#next = packet.dts + frame
  }

  /** A playlist that begins amid a segment would tell another length of it than all others. */
  #beginAt(rendition: Rendition, { dts }: Packet): boolean {
    const source = this.#options.source()
    const time = rescale(dts, rendition.track.timescale, CUT_TIMESCALE)
    const half = rescale(this.#frame(rendition), rendition.track.timescale, CUT_TIMESCALE) / 2
    const cut = this.#options.cutter.cuts.before(time + half)
    if (source === undefined || cut === undefined || time - cut.time > LATE) return false
    rendition.beginLike(source, cut)
    return true
  }

  /** Silence up to a time, or to what waits. */
  #fill(until: number): void {
    this.#next ??= this.#begin
    if (this.#rendition !== undefined) this.#fillTo(this.#rendition, Math.min(until, this.#waiting[0]?.dts ?? until))
  }

  #fillTo(rendition: Rendition, end: number): void {
    const { codec, id } = rendition.track
    const data = isSound(codec) ? silentFrame(codec) : undefined
    if (data === undefined || this.#next === undefined) return
    const frame = this.#frame(rendition)
    for (; this.#next + frame / 2 <= end; this.#next += frame)
      rendition.push({ trackId: id, dts: this.#next, cts: 0, isSync: true, data })
  }

  #frame({ track }: Rendition): number {
    return isSound(track.codec) ? frameTicksOf(track.codec) : 0
  }
}
