import { createHash } from 'node:crypto'
import { messageOf } from '../../base/errors.ts'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import type { Log } from '../../base/log.ts'
import { type KeptPicture, PICTURE_USES, type PictureUse } from './channel-details.ts'
import type { ChannelRecord, ChannelStore } from './channel-store.ts'
import type { Channels } from './channels.ts'
import type { PictureFiles, PictureName } from './picture-files.ts'

/** The longest file that is taken. */
export const PICTURE_BYTES = 2 ** 20
/** A small file may be an enormous picture, which every viewer's browser would have to unpack. */
const MAX_SIDE = 6000
const MAX_PIXELS = 24_000_000
const MIN_SIDE = 16
/** Read again and again while a broadcast begins: as many bytes of them are kept in memory. */
const CACHE_BYTES = 16 * 2 ** 20

const ENDINGS = { png: 'png', jpeg: 'jpg', webp: 'webp' } as const

/** A picture that was looked at. */
export type NewPicture = {
  readonly kind: keyof typeof ENDINGS
  readonly width: number
  readonly height: number
  readonly bytes: Uint8Array
}

export type ChannelPicturesOptions = {
  readonly store: Pick<ChannelStore, 'change' | 'pictures'>
  readonly channels: Pick<Channels, 'get'>
  readonly files: PictureFiles
  readonly log: Log
}

/** The rules of a channel's poster and logo: which are taken, what they are called, and that none is left behind. */
export class ChannelPictures {
  readonly #options: ChannelPicturesOptions
  readonly #cache = new Map<string, Buffer>()
  #cached = 0
  #discards = 0
  /** One change after the other: who replaces a picture must know the one that was there. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ChannelPicturesOptions) {
    this.#options = options
  }

  /** @throws NotFoundError; InvalidFieldError for a picture of the wrong size; UnavailableError */
  put(slug: string, use: PictureUse, picture: NewPicture): Promise<ChannelRecord> {
    mustBeShowable(picture)
    const { kind, width, height, bytes } = picture
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
    const kept: KeptPicture = { file: `${use}-${hash}.${ENDINGS[kind]}`, width, height }
    return this.#inTurn(async () => {
      const channel = await this.#options.channels.get(slug)
      await this.#options.files.write({ slug, file: kept.file }, bytes)
      await this.#replace(channel, use, kept)
      return { ...channel, [use]: kept }
    })
  }

  /** @returns whether there was one @throws NotFoundError, UnavailableError */
  remove(slug: string, use: PictureUse): Promise<{ readonly channel: ChannelRecord; readonly removed: boolean }> {
    return this.#inTurn(async () => {
      const channel = await this.#options.channels.get(slug)
      const removed = channel[use] !== null
      if (removed) await this.#replace(channel, use, null)
      return { channel: { ...channel, [use]: null }, removed }
    })
  }

  /** The bytes of a picture that is, or was a moment ago, a channel's. @throws UnavailableError */
  async read(name: PictureName): Promise<Buffer | undefined> {
    const key = keyOf(name)
    const known = this.#cache.get(key)
    if (known !== undefined) {
      // The newest is the last to go.
      this.#cache.delete(key)
      this.#cache.set(key, known)
      return known
    }
    const discards = this.#discards
    const bytes = await this.#options.files.read(name)
    // One that goes meanwhile must not stay in memory.
    if (bytes !== undefined && discards === this.#discards) this.#remember(key, bytes)
    return bytes
  }

  /** The channel was removed. */
  async forget(channel: ChannelRecord): Promise<void> {
    for (const use of PICTURE_USES) await this.#discard(channel.slug, channel[use])
  }

  /** Removes what belongs to no channel: a process was killed between file and database. */
  async tidy(): Promise<void> {
    await this.#inTurn(async () => {
      const { files, store } = this.#options
      const there = await files.list()
      if (there.length === 0) return
      const wanted = new Set((await store.pictures()).map(keyOf))
      for (const name of there.filter((each) => !wanted.has(keyOf(each)))) await files.remove(name)
    })
  }

  /** The database says which holds: first the new one is there, then it counts, then the old one goes. */
  async #replace(channel: ChannelRecord, use: PictureUse, kept: KeptPicture | null): Promise<void> {
    const before = channel[use]
    try {
      await this.#options.store.change(channel.id, { [use]: kept })
    } catch (error) {
      if (kept?.file !== before?.file) await this.#discard(channel.slug, kept)
      throw error
    }
    if (kept?.file !== before?.file) await this.#discard(channel.slug, before)
  }

  async #discard(slug: string, picture: KeptPicture | null): Promise<void> {
    if (picture === null) return
    const name = { slug, file: picture.file }
    this.#discards++
    this.#cached -= this.#cache.get(keyOf(name))?.byteLength ?? 0
    this.#cache.delete(keyOf(name))
    try {
      await this.#options.files.remove(name)
    } catch (error) {
      // The next start tries again.
      this.#options.log.warn({ channel: slug, error: messageOf(error) }, 'an old picture could not be removed')
    }
  }

  #remember(key: string, bytes: Buffer): void {
    this.#cached += bytes.byteLength - (this.#cache.get(key)?.byteLength ?? 0)
    this.#cache.set(key, bytes)
    for (const [oldest, { byteLength }] of this.#cache) {
      if (this.#cached <= CACHE_BYTES) break
      this.#cache.delete(oldest)
      this.#cached -= byteLength
    }
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(act, act)
    this.#turn = turn
    return turn
  }
}

/** @throws InvalidFieldError */
function mustBeShowable({ width, height, bytes }: NewPicture): void {
  if (bytes.byteLength > PICTURE_BYTES) {
    throw new InvalidFieldError('picture', `a picture has at most ${PICTURE_BYTES} bytes`)
  }
  if (Math.min(width, height) < MIN_SIDE) {
    throw new InvalidFieldError(
      'picture',
      `the picture has ${width} × ${height} pixels, at least ${MIN_SIDE} on each side are needed`,
    )
  }
  if (Math.max(width, height) > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new InvalidFieldError(
      'picture',
      `the picture has ${width} × ${height} pixels, at most ${MAX_SIDE} on each side and ${MAX_PIXELS / 1e6} million in all are taken`,
    )
  }
}

function keyOf({ slug, file }: PictureName): string {
  return `${slug}/${file}`
}
