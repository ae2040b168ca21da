import { type Packet, rescale, type Track } from '../media/packet.ts'
import { CUT_TIMESCALE, type Cut, type CutList } from './cut-list.ts'
import type { Alignment } from './rendition.ts'

/** A key frame lies at a cut if it is no further from it. */
const AT_CUT = 0.02 * CUT_TIMESCALE
/** So much is kept where key frames at cuts are rare. */
const MOST_KEPT = 20 * CUT_TIMESCALE

/** Frames of one quality of the picture, which may be shown in the place of another's. */
export class Feed {
  track: Track
  readonly alignment: Alignment
  readonly #cuts: CutList
  #cut: Cut | undefined
  #packets: Packet[] = []

  constructor(track: Track, alignment: Alignment, cuts: CutList) {
    this.track = track
    this.alignment = alignment
    this.#cuts = cuts
  }

  /** The newest cut that it has a key frame at. */
  get cut(): Cut | undefined {
    return this.#cut
  }
  /** What has come since that key frame, in the order of decoding. */
  get packets(): readonly Packet[] {
    return this.#packets
  }

  /** @returns the cut that the packet is a key frame at */
  take(packet: Packet): Cut | undefined {
    const time = this.timeOf(packet)
    const cut = packet.isSync ? this.#cuts.near(time, AT_CUT) : undefined
    if (cut !== undefined) this.forget()
    this.#cut = cut ?? this.#cut
    if (this.#cut === undefined) return cut
    if (time - this.#cut.time > MOST_KEPT) this.forget()
    else this.#packets.push(packet)
    return cut
  }

  forget(): void {
    this.#cut = undefined
    this.#packets = []
  }

  /** The time of a packet that is compared with cuts, in ticks of CUT_TIMESCALE. */
  timeOf({ dts }: Packet): number {
    return this.alignment.cutTime(rescale(dts, this.track.timescale, CUT_TIMESCALE))
  }
}
