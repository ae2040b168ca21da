import { ByteWriter } from './byte-writer.ts'
import { DEFAULT_CHUNK_SIZE, EXTENDED_TIMESTAMP, MAX_CHUNK_STREAM_ID, type Message, MessageType } from './message.ts'

/** Basic header of 3 bytes, message header of 11, extended timestamp of 4. */
const LONGEST_HEADER = 18
const LONGEST_TYPE_3 = 7

type Last = {
  timestamp: number
  delta: number
  length: number
  typeId: number
  messageStreamId: number
}

/**
 * Turns messages into chunks, RTMP 1.0 section 5.3, with the shortest header that says what is new. Sending Set Chunk
 * Size through it changes its own chunk size from the next message on.
 */
export class ChunkEncoder {
  readonly #streams = new Map<number, Last>()
  #chunkSize = DEFAULT_CHUNK_SIZE

  encode(message: Message): Uint8Array {
    const { chunkStreamId, timestamp, typeId, messageStreamId, payload } = message
    if (chunkStreamId < 2 || chunkStreamId > MAX_CHUNK_STREAM_ID) throw new Error(`chunk stream id ${chunkStreamId}`)
    const last = this.#streams.get(chunkStreamId)
    const format = last === undefined ? 0 : formatAfter(last, message)
    const time = format === 0 || last === undefined ? timestamp : timestamp - last.timestamp
    const extended = time >= EXTENDED_TIMESTAMP

    const chunks = Math.max(1, Math.ceil(payload.byteLength / this.#chunkSize))
    const w = new ByteWriter(payload.byteLength + LONGEST_HEADER + (chunks - 1) * LONGEST_TYPE_3)
    writeBasicHeader(w, format, chunkStreamId)
    if (format < 3) w.u24(extended ? EXTENDED_TIMESTAMP : time)
    if (format < 2) w.u24(payload.byteLength).u8(typeId)
    if (format === 0) w.u32le(messageStreamId)
    if (extended) w.u32(time)
    for (let at = 0; ; ) {
      const end = Math.min(at + this.#chunkSize, payload.byteLength)
      w.bytes(payload.subarray(at, end))
      at = end
      if (at === payload.byteLength) break
      writeBasicHeader(w, 3, chunkStreamId)
      if (extended) w.u32(time)
    }
    this.#streams.set(chunkStreamId, { timestamp, delta: time, length: payload.byteLength, typeId, messageStreamId })
    if (typeId === MessageType.setChunkSize)
      this.#chunkSize = new DataView(payload.buffer, payload.byteOffset).getUint32(0)
    return w.done()
  }
}

function formatAfter(last: Last, message: Message): 0 | 1 | 2 | 3 {
  // A delta can't go back; 0x80000000 and more would be taken for that by some readers.
  if (message.messageStreamId !== last.messageStreamId || message.timestamp < last.timestamp) return 0
  if (message.typeId !== last.typeId || message.payload.byteLength !== last.length) return 1
  return message.timestamp - last.timestamp === last.delta ? 3 : 2
}

/** 5.3.1.1: ids 2 to 63 in one byte, 64 to 319 in two, 64 to 65599 in three. */
function writeBasicHeader(w: ByteWriter, format: number, id: number): void {
  if (id < 64) {
    w.u8((format << 6) | id)
  } else if (id < 320) {
    w.u8(format << 6).u8(id - 64)
  } else {
    w.u8((format << 6) | 1)
      .u8((id - 64) & 0xff)
      .u8((id - 64) >> 8)
  }
}
