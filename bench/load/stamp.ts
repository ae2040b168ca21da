import type { FlvTag } from '../../src/formats/flv/flv-file.ts'
import { TagType } from '../../src/formats/flv/flv-file.ts'

/** A SEI message of user data (H.264 annex D.1.7) that says when its frame was sent, and whether it is a key frame. */
const MAGIC = Buffer.from('streamhost-stamp', 'latin1')
const KEY_AT = MAGIC.byteLength
const TIME_AT = KEY_AT + 1
const STAMP_BYTES = TIME_AT + 8
/** FrameType, AVCPacketType, CompositionTime. */
const HEAD = 5

/** The clock that stamps are of: all processes of a machine have the same. */
export const stampNowMs = (): number => performance.timeOrigin + performance.now()

/** The same tags, each picture with a stamp before it. */
export function withStamps(tags: readonly FlvTag[]): FlvTag[] {
  return tags.map((tag) => {
    const { body, typeId } = tag
    if (typeId !== TagType.video || body[1] !== 1) return tag
    const sei = Buffer.concat([
      Buffer.from([0x06, 5, STAMP_BYTES]),
      MAGIC,
      Buffer.from([body[0] === 0x17 ? 1 : 0]),
      // No zeros, which would need emulation prevention.
      Buffer.alloc(8, 0x40),
      Buffer.from([0x80]),
    ])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(sei.byteLength)
    return { ...tag, body: Buffer.concat([body.subarray(0, HEAD), length, sei, body.subarray(HEAD)]) }
  })
}

/** Where in these bytes a stamp's time belongs; -1: there is none. */
export const stampIn = (bytes: Uint8Array): number => {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(MAGIC)
  return at < 0 ? -1 : at
}

/** Says that the frame is sent now. @param at from `stampIn` */
export function stamp(bytes: Uint8Array, at: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setFloat64(at + TIME_AT, stampNowMs())
}

/** The stamps in bytes as they were received. One that is cut by the end is not found. */
export function* stampsIn(bytes: Buffer): Iterable<{ readonly isKey: boolean; readonly ageMs: number }> {
  const nowMs = stampNowMs()
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    if (at + STAMP_BYTES > bytes.byteLength) return
    yield { isKey: bytes[at + KEY_AT] === 1, ageMs: nowMs - bytes.readDoubleBE(at + TIME_AT) }
  }
}
