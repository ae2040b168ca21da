import type { Reader } from '../../live/ports.ts'
import { inspectFrame } from '../../media/h264-frame.ts'
import type { Packet, Track } from '../../media/packet.ts'
import type { KeyFrame } from './key-frame.ts'

/** Larger ones are no pictures that a live encoder sends. */
const MOST_BYTES = 8 * 2 ** 20

/** Remembers of a broadcast the newest key frame. Decodes nothing. */
export class StillTap implements Reader {
  readonly #isSlate: () => boolean
  readonly #ended: () => void
  #track: { readonly id: number; readonly avcC: Uint8Array; readonly nalLengthSize: 1 | 2 | 4 } | undefined
  #newest: KeyFrame | undefined

  /**
   * @param isSlate whether what comes now only fills the gap while the encoder is away: it is no picture of the broadcast
   */
  constructor(isSlate: () => boolean, ended: () => void) {
    this.#isSlate = isSlate
    this.#ended = ended
  }

  get newest(): KeyFrame | undefined {
    return this.#newest
  }

  track({ id, codec }: Track): void {
    if (codec.kind !== 'h264') return
    // The last byte's two bits, ISO/IEC 14496-15 5.3.3.1.2: whoever announced the track has read the record.
    const nalLengthSize = (((codec.avcC[4] ?? 3) & 3) + 1) as 1 | 2 | 4
    this.#track = { id, avcC: codec.avcC, nalLengthSize }
  }

  packet({ trackId, isSync, data }: Packet): void {
    const track = this.#track
    if (!isSync || track === undefined || trackId !== track.id || data.byteLength > MOST_BYTES) return
    if (this.#isSlate() || inspectFrame(data, track.nalLengthSize) !== 'idr') return
    this.#newest = { avcC: track.avcC, data, atMs: Date.now() }
  }

  discontinuity(): void {}

  end(): void {
    this.#ended()
  }
}
