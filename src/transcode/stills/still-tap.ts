import type { Reader } from '../../live/ports.ts'
import { inspectFrame } from '../../media/h264-frame.ts'
import type { Packet, Track } from '../../media/packet.ts'
import type { KeyFrame } from './key-frame.ts'

/** Larger ones are no pictures that a live encoder sends. */
const MOST_BYTES = 8 * 2 ** 20
/** Before so many are made at once, small pictures wait for somebody to ask. */
const BATCH = 6

/** Remembers of a broadcast the newest key frame, and one now and then for its storyboard. Decodes nothing. */
export class StillTap implements Reader {
  readonly #everySeconds: number
  readonly #isSlate: () => boolean
  readonly #ended: () => void
  #track:
    | { readonly id: number; readonly timescale: number; readonly avcC: Uint8Array; readonly nalLengthSize: 1 | 2 | 4 }
    | undefined
  #newest: KeyFrame | undefined
  #waiting: KeyFrame[] = []
  #lastTime = Number.NEGATIVE_INFINITY

  /**
   * @param everySeconds between two pictures of the storyboard; infinite: there is none
   * @param isSlate whether what comes now only fills the gap while the encoder is away: it is seen when one goes back, but is
   * no picture of the broadcast
   */
  constructor(everySeconds: number, isSlate: () => boolean, ended: () => void) {
    this.#everySeconds = everySeconds
    this.#isSlate = isSlate
    this.#ended = ended
  }

  get newest(): KeyFrame | undefined {
    return this.#newest
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** Whether it is time to make small pictures, though nobody asks. */
  get isFull(): boolean {
    return this.#waiting.length >= BATCH
  }

  /** Those of the storyboard since the last time. */
  takeWaiting(): readonly KeyFrame[] {
    return this.#waiting.splice(0)
  }

  /** Nothing came of them. */
  putBack(frames: readonly KeyFrame[]): void {
    this.#waiting = [...frames, ...this.#waiting].slice(-2 * BATCH)
  }

  track({ id, timescale, codec }: Track): void {
    if (codec.kind !== 'h264') return
    // The last byte's two bits, ISO/IEC 14496-15 5.3.3.1.2: whoever announced the track has read the record.
    const nalLengthSize = (((codec.avcC[4] ?? 3) & 3) + 1) as 1 | 2 | 4
    this.#track = { id, timescale, avcC: codec.avcC, nalLengthSize }
  }

  packet({ trackId, dts, cts, isSync, data }: Packet): void {
    const track = this.#track
    if (!isSync || track === undefined || trackId !== track.id || data.byteLength > MOST_BYTES) return
    if (inspectFrame(data, track.nalLengthSize) !== 'idr') return
    const frame: KeyFrame = { avcC: track.avcC, data, time: (dts + cts) / track.timescale, atMs: Date.now() }
    if (!this.#isSlate()) this.#newest = frame
    if (frame.time - this.#lastTime < this.#everySeconds) return
    this.#lastTime = frame.time
    this.#waiting.push(frame)
    // Nothing fetches them: there is no FFmpeg, or it is far behind.
    if (this.#waiting.length > 2 * BATCH) this.#waiting.shift()
  }

  discontinuity(): void {}

  end(): void {
    this.#ended()
  }
}
