import { writeAudioTag } from '../../formats/flv/audio-tag.ts'
import { TagType, writeFlvHeader, writeFlvTag } from '../../formats/flv/flv-file.ts'
import type { Reader } from '../../live/ports.ts'
import type { Packet, Track } from '../../media/packet.ts'

/** Media taken, in seconds; the decoder loses the first frame. */
const TAKEN_SECONDS = 1.1
const MAX_FRAMES = 200

/** Takes a second of a broadcast's sound when asked to; otherwise a look at each packet is all it costs. */
export class SoundTap implements Reader {
  #track: Track | undefined
  #frames: Packet[] | undefined
  #give: ((flv: Uint8Array | undefined) => void) | undefined

  get hasSound(): boolean {
    return this.#track !== undefined
  }

  /** The next second of sound as an FLV file; undefined when there is none, or it ends before. One at a time. */
  take(signal: AbortSignal): Promise<Uint8Array | undefined> {
    this.#done(undefined)
    if (this.#track === undefined || signal.aborted) return Promise.resolve(undefined)
    this.#frames = []
    return new Promise((resolve) => {
      const abort = (): void => this.#done(undefined)
      signal.addEventListener('abort', abort, { once: true })
      this.#give = (flv) => {
        signal.removeEventListener('abort', abort)
        resolve(flv)
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
    if (seconds >= TAKEN_SECONDS || this.#frames.length >= MAX_FRAMES) this.#done(flvOf(this.#track, this.#frames))
  }

  discontinuity(): void {
    this.#track = undefined
    this.#done(undefined)
  }

  end(): void {
    this.discontinuity()
  }

  #done(flv: Uint8Array | undefined): void {
    const give = this.#give
    this.#frames = undefined
    this.#give = undefined
    give?.(flv)
  }
}

function flvOf(track: Track, frames: readonly Packet[]): Uint8Array | undefined {
  if (track.codec.kind !== 'aac') return undefined
  const { audioSpecificConfig } = track.codec
  const start = frames[0]?.dts ?? 0
  const tag = (timestamp: number, body: Uint8Array): Uint8Array =>
    writeFlvTag({ typeId: TagType.audio, timestamp, body })
  return Buffer.concat([
    writeFlvHeader({ audio: true, video: false }),
    tag(0, writeAudioTag({ kind: 'config', audioSpecificConfig })),
    ...frames.map(({ dts, data }) =>
      tag(Math.round(((dts - start) * 1000) / track.timescale), writeAudioTag({ kind: 'frame', data })),
    ),
  ])
}
