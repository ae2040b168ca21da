import { writeU8, writeU24, writeU32 } from '../../base/write-bytes.ts'
import type { FlvMessage } from '../flv/flv-message.ts'
import { EXTENDED_TIMESTAMP, MessageType } from './message.ts'

/** What those that get the same chunks were told to expect: Set Chunk Size, and the message stream that `play` was on. */
export type ChunkLayout = { readonly chunkSize: number; readonly messageStreamId: number }

/** Each kind has a chunk stream of its own, below 64; those of commands and control are others. */
const CHUNK_STREAMS: Readonly<Record<number, number>> = {
  [MessageType.audio]: 4,
  [MessageType.video]: 6,
  [MessageType.dataAmf0]: 7,
}
/** Basic header of one byte, message header of 11. */
const TYPE_0 = 12
const EXTENSION = 4

/**
 * Bytes of a message in chunks that say everything anew (type 0, RTMP 1.0 5.3.1.2.1): what does not lean on the messages
 * before it may be written once and sent to everybody, whenever they came.
 */
export function sharedChunksLength(message: FlvMessage, { chunkSize }: ChunkLayout): number {
  const { head, data, timestamp } = message
  const length = head.byteLength + data.byteLength
  const more = Math.max(0, Math.ceil(length / chunkSize) - 1)
  const extension = timestamp >= EXTENDED_TIMESTAMP ? EXTENSION : 0
  return TYPE_0 + extension + length + more * (1 + extension)
}

/** Writes a message in such chunks. @returns where the next begins */
export function writeSharedChunks(bytes: Uint8Array, at: number, message: FlvMessage, layout: ChunkLayout): number {
  const { typeId, timestamp, head, data } = message
  const { chunkSize, messageStreamId } = layout
  const chunkStream = CHUNK_STREAMS[typeId]
  if (chunkStream === undefined) throw new Error(`message type ${typeId} is not shared`)
  const extended = timestamp >= EXTENDED_TIMESTAMP
  let to = writeU8(bytes, at, chunkStream)
  to = writeU24(bytes, to, extended ? EXTENDED_TIMESTAMP : timestamp)
  to = writeU8(bytes, writeU24(bytes, to, head.byteLength + data.byteLength), typeId)
  // Little-endian, the only number that is.
  for (let shift = 0; shift < 32; shift += 8) to = writeU8(bytes, to, messageStreamId >>> shift)
  if (extended) to = writeU32(bytes, to, timestamp)
  // Heads are a few bytes: they never end a chunk.
  bytes.set(head, to)
  to += head.byteLength
  let room = chunkSize - head.byteLength
  for (let from = 0; ; room = chunkSize) {
    const part = from === 0 && data.byteLength <= room ? data : data.subarray(from, from + room)
    bytes.set(part, to)
    to += part.byteLength
    from += part.byteLength
    if (from >= data.byteLength) return to
    to = writeU8(bytes, to, 0xc0 | chunkStream)
    if (extended) to = writeU32(bytes, to, timestamp)
  }
}
