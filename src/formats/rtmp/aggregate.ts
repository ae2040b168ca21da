import { ByteReader } from '../../base/byte-reader.ts'
import { MalformedError } from '../../base/errors.ts'
import { ByteWriter } from './byte-writer.ts'
import { type Message, MessageType } from './message.ts'

/**
 * Takes an aggregate message apart, RTMP 1.0 7.1.6. "The difference between the timestamps of the aggregate message and
 * the first sub-message is the offset used to renormalize the timestamps of the sub-messages". Payloads are views.
 * @throws MalformedError
 */
export function splitAggregate(aggregate: Message): Message[] {
  const r = new ByteReader(aggregate.payload)
  const messages: Message[] = []
  let offset: number | undefined
  while (r.left > 0) {
    const typeId = r.u8()
    if (typeId === MessageType.aggregate) throw new MalformedError('an aggregate message inside an aggregate message')
    const length = r.u24()
    const low = r.u24()
    const timestamp = ((r.u8() << 24) | low) >>> 0
    r.u24() // stream id: "the message stream ID of the aggregate message overrides"
    const payload = r.bytes(length)
    r.u32() // back pointer: its value is of use only to who reads backwards; encoders disagree on it
    offset ??= aggregate.timestamp - timestamp
    messages.push({ ...aggregate, typeId, timestamp: (timestamp + offset) >>> 0, payload })
  }
  return messages
}

/** Puts messages of one message stream into one. */
export function joinAggregate(messages: readonly Message[]): Message {
  const first = messages[0]
  if (first === undefined) throw new Error('an aggregate message of nothing')
  const w = new ByteWriter()
  for (const { typeId, timestamp, payload } of messages) {
    w.u8(typeId)
      .u24(payload.byteLength)
      .u24(timestamp & 0xff_ffff)
      .u8(timestamp >>> 24)
      .u24(0)
      .bytes(payload)
      .u32(payload.byteLength + 11)
  }
  return { ...first, typeId: MessageType.aggregate, payload: w.done() }
}
