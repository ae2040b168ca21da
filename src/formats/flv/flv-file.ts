import { ByteReader } from '../../base/byte-reader.ts'
import { assertNever, MalformedError } from '../../base/errors.ts'
import { writeU8, writeU24, writeU32 } from '../../base/write-bytes.ts'
import { type FlvMessage, NOTHING } from './flv-message.ts'

/** Tag types, Adobe FLV 10.1 E.4.1: the numbers of the RTMP message types. */
export const TagType = { audio: 8, video: 9, script: 18 } as const

export type FlvTag = {
  readonly typeId: number
  /** Milliseconds, 32 bits. */
  readonly timestamp: number
  readonly body: Uint8Array
}

const FILE_HEADER = 9
const TAG_HEADER = 11
const BACK_POINTER = 4
const DEFAULT_MAX_TAG_BYTES = 10_485_760

/** The FLV file header and the first PreviousTagSize, E.2 and E.3. */
export function writeFlvHeader(has: { readonly audio: boolean; readonly video: boolean }): Uint8Array {
  return Uint8Array.of(0x46, 0x4c, 0x56, 1, (has.audio ? 4 : 0) | (has.video ? 1 : 0), 0, 0, 0, FILE_HEADER, 0, 0, 0, 0)
}

/** One tag and the PreviousTagSize behind it. */
export function writeFlvTag({ typeId, timestamp, body }: FlvTag): Uint8Array {
  const message: FlvMessage = { typeId, timestamp, head: NOTHING, data: body }
  const bytes = new Uint8Array(flvTagLength(message))
  writeFlvTagAt(bytes, 0, message)
  return bytes
}

/** Bytes of a message as a tag with the PreviousTagSize behind it. */
export function flvTagLength({ head, data }: FlvMessage): number {
  return TAG_HEADER + head.byteLength + data.byteLength + BACK_POINTER
}

/** Writes a message as a tag, and the PreviousTagSize. @returns where the next begins */
export function writeFlvTagAt(bytes: Uint8Array, at: number, { typeId, timestamp, head, data }: FlvMessage): number {
  const length = head.byteLength + data.byteLength
  writeU24(bytes, writeU8(bytes, at, typeId), length)
  writeU24(bytes, at + 4, timestamp)
  writeU8(bytes, at + 7, timestamp >>> 24)
  writeU24(bytes, at + 8, 0) // StreamID
  bytes.set(head, at + TAG_HEADER)
  bytes.set(data, at + TAG_HEADER + head.byteLength)
  return writeU32(bytes, at + TAG_HEADER + length, TAG_HEADER + length)
}

/**
 * Turns the bytes of an FLV file or stream, cut anywhere, into tags. A body that comes in one piece is a view of that; else it is
 * allocated once, after its length is checked.
 */
export class FlvDecoder {
  readonly #maxTagBytes: number
  readonly #onTag: (tag: FlvTag) => void
  #state: 'file-header' | 'file-header-rest' | 'tag-header' | 'body' | 'back-pointer' = 'file-header'
  #needed = FILE_HEADER
  /** What there is of it, where it comes in pieces. */
  #gather: Uint8Array | undefined
  #filled = 0
  #typeId = 0
  #timestamp = 0

  constructor(onTag: (tag: FlvTag) => void, maxTagBytes = DEFAULT_MAX_TAG_BYTES) {
    this.#onTag = onTag
    this.#maxTagBytes = maxTagBytes
  }

  /** @throws MalformedError; the decoder can't go on after that. */
  push(bytes: Uint8Array): void {
    let at = 0
    for (;;) {
      const length = Math.min(this.#needed - this.#filled, bytes.byteLength - at)
      const piece = new Uint8Array(bytes.buffer, bytes.byteOffset + at, length)
      at += length
      if (length === this.#needed) {
        this.#take(piece)
        continue
      }
      if (length === 0) return
      this.#gather ??= new Uint8Array(this.#needed)
      this.#gather.set(piece, this.#filled)
      this.#filled += length
      if (this.#filled < this.#needed) return
      this.#take(this.#gather)
    }
  }

  #expect(state: 'file-header-rest' | 'tag-header' | 'body' | 'back-pointer', length: number): void {
    this.#state = state
    this.#needed = length
    this.#gather = undefined
    this.#filled = 0
  }

  #take(whole: Uint8Array): void {
    switch (this.#state) {
      case 'file-header':
        this.#expect('file-header-rest', readFileHeader(whole) - FILE_HEADER + BACK_POINTER)
        break
      case 'tag-header':
        this.#tagHeader(whole)
        break
      case 'body':
        this.#expect('back-pointer', BACK_POINTER)
        this.#onTag({ typeId: this.#typeId, timestamp: this.#timestamp, body: whole })
        break
      case 'file-header-rest':
      case 'back-pointer':
        this.#expect('tag-header', TAG_HEADER)
        break
      default:
        assertNever(this.#state)
    }
  }

  #tagHeader(whole: Uint8Array): void {
    const r = new ByteReader(whole)
    const head = r.u8()
    if ((head & 0x20) !== 0) throw new MalformedError('an encrypted FLV tag')
    this.#typeId = head & 0x1f
    const length = r.u24()
    if (length > this.#maxTagBytes) throw new MalformedError(`an FLV tag of ${length} bytes`)
    const low = r.u24()
    this.#timestamp = ((r.u8() << 24) | low) >>> 0
    this.#expect('body', length)
  }
}

/** Answers where the first PreviousTagSize begins. */
function readFileHeader(bytes: Uint8Array): number {
  const r = new ByteReader(bytes)
  if (r.u24() !== 0x46_4c_56) throw new MalformedError('not an FLV file')
  const version = r.u8()
  if (version !== 1) throw new MalformedError(`FLV version ${version}`)
  r.u8() // TypeFlags: what tracks there will be; often wrong
  const dataOffset = r.u32()
  if (dataOffset < FILE_HEADER || dataOffset > 1024) throw new MalformedError(`FLV header of ${dataOffset} bytes`)
  return dataOffset
}
