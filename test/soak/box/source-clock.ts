import { type FlvTag, TagType } from '../../../src/formats/flv/flv-file.ts'
import { loopMs, readFlvFile } from '../../light/rtmp-publisher.ts'

export type SourceMoment = { readonly media: 'picture' | 'sound'; readonly sourceMs: number }

/** By what a frame is known again: its end, for what is before it a server may rewrite. */
const KNOWN_BY = 24
/** What is before the frame itself in a tag (E.4.3.1, E.4.2.1 of Adobe's FLV 10.1). */
const VIDEO_HEAD = 5
const AUDIO_HEAD = 2

/** Knows the frames of a file that is replayed, and so, of any sample that comes out of the server, when its encoder meant it to be. */
export class SourceClock {
  readonly #moments = new Map<string, SourceMoment | undefined>()
  /** How long one time through the file is. */
  readonly loopMs: number

  constructor(tags: readonly FlvTag[]) {
    const frames = tags.filter(({ typeId, body }) => isMedia(typeId) && body[1] === 1)
    for (const { typeId, timestamp, body } of frames) {
      const isPicture = typeId === TagType.video
      const frame = Buffer.from(body.buffer, body.byteOffset, body.byteLength).subarray(
        isPicture ? VIDEO_HEAD : AUDIO_HEAD,
      )
      const key = keyOf(frame)
      // Frames of the same bytes tell nothing.
      const moment = { media: isPicture ? 'picture' : 'sound', sourceMs: timestamp } as const
      this.#moments.set(key, this.#moments.has(key) ? undefined : moment)
    }
    this.loopMs = loopMs(tags)
  }

  static read(path: string): SourceClock {
    return new SourceClock(readFlvFile(path))
  }

  /** @returns undefined: it is no frame of the file, or several of the file's are like it */
  momentOf(sample: Buffer): SourceMoment | undefined {
    return this.#moments.get(keyOf(sample))
  }
}

/** How far the picture is from the sound, in milliseconds: how far each has been moved on its way, one less the other. */
export class Skew {
  readonly #loopMs: number
  readonly #moved: { picture?: Moved; sound?: Moved } = {}

  constructor(loopMs: number) {
    this.#loopMs = loopMs
  }

  /**
   * @param since what both must have in common, for an encoder's return moves both, and one is seen first
   * @returns undefined while only one of them was seen
   */
  saw({ media, sourceMs }: SourceMoment, mediaMs: number, since: string): number | undefined {
    this.#moved[media] = { byMs: mediaMs - sourceMs, since }
    const { picture, sound } = this.#moved
    if (picture === undefined || picture.since !== sound?.since) return undefined
    const apart = (picture.byMs - sound.byMs) % this.#loopMs
    return Math.min(Math.abs(apart), this.#loopMs - Math.abs(apart))
  }
}

type Moved = { readonly byMs: number; readonly since: string }

const isMedia = (typeId: number): boolean => typeId === TagType.video || typeId === TagType.audio

const keyOf = (frame: Buffer): string =>
  `${frame.byteLength} ${frame.toString('latin1', Math.max(0, frame.byteLength - KNOWN_BY))}`
