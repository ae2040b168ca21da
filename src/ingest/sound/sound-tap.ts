import type { Reader } from '../../live/ports.ts'
import type { Packet, Track } from '../../media/packet.ts'

/** Media taken, in seconds; the decoder loses the first frame. */
const TAKEN_SECONDS = 1.1
const MAX_FRAMES = 200

/** A second of AAC. */
export type SoundPiece = {
  /** ISO/IEC 14496-3 1.6.2.1 */
  readonly audioSpecificConfig: Uint8Array
  /** Units of time a second. */
  readonly timescale: number
  readonly frames: readonly Packet[]
}

/** Takes a second of a broadcast's sound when asked to; otherwise a look at each packet is all it costs. */
export class SoundTap implements Reader {
  #track: Track | undefined
  #frames: Packet[] | undefined
  #give: ((piece: SoundPiece | undefined) => void) | undefined

  get hasSound(): boolean {
    return this.#track !== undefined
  }

  /** The next second of sound; undefined when there is none, or it ends before. One at a time. */
  take(signal: AbortSignal): Promise<SoundPiece | undefined> {
    this.#done(undefined)
    if (this.#track === undefined || signal.aborted) return Promise.resolve(undefined)
    this.#frames = []
    return new Promise((resolve) => {
      const abort = (): void => this.#done(undefined)
      signal.addEventListener('abort', abort, { once: true })
      this.#give = (piece) => {
        signal.removeEventListener('abort', abort)
        resolve(piece)
      }
    })
  }

  track(track: Track): void {
    if (track.codec.kind !== 'aac') return
    this.#track = track
    this.#done(undefined)
  }

  packet(packet: Packet): void {
    if (this.#frames === undefined || packet.trackId !== this.#track?.id) return
    this.#frames.push(packet)
    const first = this.#frames[0] ?? packet
    const seconds = (packet.dts - first.dts) / this.#track.timescale
    if (seconds >= TAKEN_SECONDS || this.#frames.length >= MAX_FRAMES) this.#done(pieceOf(this.#track, this.#frames))
  }

  discontinuity(): void {
    this.#track = undefined
    this.#done(undefined)
  }

  end(): void {
    this.discontinuity()
  }

  #done(piece: SoundPiece | undefined): void {
    const give = this.#give
    this.#frames = undefined
    this.#give = undefined
    give?.(piece)
  }
}

function pieceOf({ codec, timescale }: Track, frames: readonly Packet[]): SoundPiece | undefined {
  return codec.kind === 'aac' ? { audioSpecificConfig: codec.audioSpecificConfig, timescale, frames } : undefined
}
