import { open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { UnavailableError } from '../base/errors.ts'
import type { StoredSegment } from './stored-segment.ts'

/** Reads at the same time: they share the threads of the process with all other file work. */
const AT_ONCE = 2
/** Segments that may wait to be read. */
const MOST_WAITING = 256
/** Bytes kept for those who ask for the same segment a little later. */
const CACHE_BYTES = 64 * 2 ** 20

/** Reads segments back for viewers: each once for all who ask meanwhile, few at a time, checked, and kept for a while. */
export class SegmentReader {
  /** By use, the latest last. */
  readonly #cache = new Map<StoredSegment, Buffer>()
  readonly #underWay = new Map<StoredSegment, Promise<Buffer>>()
  readonly #waiting: (() => void)[] = []
  #reading = 0
  #cached = 0
  reads = 0
  failed = 0

  get waiting(): number {
    return this.#waiting.length
  }
  get cachedBytes(): number {
    return this.#cached
  }

  /**
   * The bytes of a whole segment, shared by all: not to be changed.
   * @param path the media file that holds it
   * @throws UnavailableError when too many wait; other errors when the bytes are not there or not those that were written
   */
  read(segment: StoredSegment, path: string): Promise<Buffer> {
    const known = this.#cache.get(segment)
    if (known !== undefined) {
      this.#cache.delete(segment)
      this.#cache.set(segment, known)
      return Promise.resolve(known)
    }
    const underWay = this.#underWay.get(segment)
    if (underWay !== undefined) return underWay
    if (this.#waiting.length >= MOST_WAITING)
      return Promise.reject(new UnavailableError('too many segments wait to be read from the disk'))
    const reading = this.#read(segment, path).finally(() => this.#underWay.delete(segment))
    this.#underWay.set(segment, reading)
    return reading
  }

  async #read(segment: StoredSegment, path: string): Promise<Buffer> {
    if (this.#reading >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#reading++
    try {
      const bytes = await bytesOf(path, segment)
      this.reads++
      this.#keep(segment, bytes)
      return bytes
    } catch (error) {
      this.failed++
      throw error
    } finally {
      this.#reading--
      this.#waiting.shift()?.()
    }
  }

  #keep(segment: StoredSegment, bytes: Buffer): void {
    this.#cache.set(segment, bytes)
    this.#cached += bytes.byteLength
    for (const [oldest, { byteLength }] of this.#cache) {
      if (this.#cached <= CACHE_BYTES) break
      this.#cache.delete(oldest)
      this.#cached -= byteLength
    }
  }
}

async function bytesOf(path: string, { at, bytes: length, parts }: StoredSegment): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const out = Buffer.allocUnsafeSlow(length)
    let done = 0
    while (done < length) {
      const { bytesRead } = await file.read(out, done, length - done, at + done)
      if (bytesRead === 0) throw new Error(`${path} ends before the segment does`)
      done += bytesRead
    }
    let from = 0
    for (const part of parts) {
      const to = from + part.length
      if (part.crc !== undefined && crc32(out.subarray(from, to)) !== part.crc)
        throw new Error(`${path} does not hold what was written at ${at + from}`)
      from = to
    }
    return out
  } finally {
    await file.close()
  }
}
