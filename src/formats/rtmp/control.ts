import { ByteReader } from '../../base/byte-reader.ts'
import { MalformedError } from '../../base/errors.ts'
import { ByteWriter } from './byte-writer.ts'
import { type Message, MessageType } from './message.ts'

/** Chunk stream of protocol control messages, RTMP 1.0 5.4; always message stream 0. */
const CONTROL_CHUNK_STREAM = 2

/** User control event types, RTMP 1.0 7.1.7. */
export const EventType = {
  streamBegin: 0,
  streamEof: 1,
  streamDry: 2,
  setBufferLength: 3,
  streamIsRecorded: 4,
  pingRequest: 6,
  pingResponse: 7,
} as const

/** `values` are the event's 4-byte numbers: a stream id, a timestamp, or a stream id and a length in milliseconds. */
export type UserControlEvent = { readonly eventType: number; readonly values: readonly number[] }

const message = (typeId: number, w: ByteWriter): Message => ({
  chunkStreamId: CONTROL_CHUNK_STREAM,
  timestamp: 0,
  typeId,
  messageStreamId: 0,
  payload: w.done(),
})

export const setChunkSize = (size: number): Message => message(MessageType.setChunkSize, new ByteWriter().u32(size))
/** `bytesReceived` wraps at 32 bits, 5.4.3. */
export const acknowledgement = (bytesReceived: number): Message =>
  message(MessageType.acknowledgement, new ByteWriter().u32(bytesReceived % 2 ** 32))
export const windowAckSize = (size: number): Message => message(MessageType.windowAckSize, new ByteWriter().u32(size))
/** 5.4.5: limit type 2 is "dynamic". */
export const setPeerBandwidth = (size: number): Message =>
  message(MessageType.setPeerBandwidth, new ByteWriter().u32(size).u8(2))

export function userControl(event: UserControlEvent): Message {
  const w = new ByteWriter().u16(event.eventType)
  for (const value of event.values) w.u32(value)
  return message(MessageType.userControl, w)
}

/**
 * Events of a type not known here are answered with whatever numbers they carry.
 * @throws MalformedError
 */
export function readUserControl(payload: Uint8Array): UserControlEvent {
  const r = new ByteReader(payload)
  const eventType = r.u16()
  const values: number[] = []
  while (r.left >= 4 && values.length < 2) values.push(r.u32())
  if ((eventType === EventType.pingRequest || eventType === EventType.pingResponse) && values.length !== 1) {
    throw new MalformedError(`a ping event of ${payload.byteLength} bytes`)
  }
  return { eventType, values }
}

/** The number in Acknowledgement, Window Acknowledgement Size and Set Peer Bandwidth. */
export function readControlNumber(payload: Uint8Array): number {
  return new ByteReader(payload).u32()
}
