import { BINARY_FRAME, frameHeadLength, writeFrameHead } from '../../base/websocket-frames.ts'
import { flvTagLength, writeFlvHeader, writeFlvTagAt } from '../../formats/flv/flv-file.ts'
import { type FlvMessage, NOTHING } from '../../formats/flv/flv-message.ts'
import { type ChunkLayout, sharedChunksLength, writeSharedChunks } from '../../formats/rtmp/shared-chunks.ts'

type Kinds = { readonly audio: boolean; readonly video: boolean }

/** How the messages of a broadcast become bytes. All players of one layout are sent the same ones. */
export type Layout = {
  /** Tells layouts apart. */
  readonly name: string
  readonly protocol: 'rtmp' | 'http-flv' | 'websocket-flv'
  /** What stands before the first message. */
  readonly prefix: (has: Kinds) => Uint8Array
  readonly lengthOf: (message: FlvMessage) => number
  /** @returns where the next begins */
  readonly write: (bytes: Uint8Array, at: number, message: FlvMessage) => number
  /** What stands around all that is written at once. */
  readonly envelope: Envelope
}

type Envelope = {
  readonly headLength: (length: number) => number
  readonly writeHead: (bytes: Uint8Array, at: number, length: number) => number
  readonly tail: Uint8Array
}

const BARE: Envelope = { headLength: () => 0, writeHead: (_, at) => at, tail: NOTHING }

/** RFC 9112 7.1: size in hexadecimal, CRLF, the bytes, CRLF. */
const HTTP_CHUNK: Envelope = {
  headLength: (length) => length.toString(16).length + 2,
  writeHead: (bytes, at, length) => {
    const head = Buffer.from(`${length.toString(16)}\r\n`, 'latin1')
    bytes.set(head, at)
    return at + head.byteLength
  },
  tail: Buffer.from('\r\n', 'latin1'),
}

const WEBSOCKET_MESSAGE: Envelope = {
  headLength: frameHeadLength,
  writeHead: (bytes, at, length) => writeFrameHead(bytes, at, BINARY_FRAME, length),
  tail: NOTHING,
}

const flv = { prefix: writeFlvHeader, lengthOf: flvTagLength, write: writeFlvTagAt }

/** FLV as a file has it. */
export const FLV: Layout = { name: 'flv', protocol: 'http-flv', ...flv, envelope: BARE }
/** FLV in the chunks of HTTP/1.1. */
export const CHUNKED_FLV: Layout = { name: 'chunked-flv', protocol: 'http-flv', ...flv, envelope: HTTP_CHUNK }
/** FLV in binary messages of a WebSocket. */
export const WEBSOCKET_FLV: Layout = {
  name: 'websocket-flv',
  protocol: 'websocket-flv',
  ...flv,
  envelope: WEBSOCKET_MESSAGE,
}

/** RTMP messages in chunks. Nearly all players play on message stream 1, and so share one layout. */
export function rtmpLayout(chunks: ChunkLayout): Layout {
  return {
    name: `rtmp-${chunks.messageStreamId}`,
    protocol: 'rtmp',
    prefix: () => NOTHING,
    lengthOf: (message) => sharedChunksLength(message, chunks),
    write: (bytes, at, message) => writeSharedChunks(bytes, at, message, chunks),
    envelope: BARE,
  }
}

/** Messages as they are sent, behind some bytes. The one copy of media that delivery makes, for however many players. */
export function serialise(layout: Layout, messages: readonly FlvMessage[], prefix = NOTHING): Uint8Array {
  const { envelope } = layout
  let length = prefix.byteLength
  for (const message of messages) length += layout.lengthOf(message)
  // From memory of its own: it waits in the queues of sockets for longer than the pool's neighbours live.
  const bytes = Buffer.allocUnsafeSlow(envelope.headLength(length) + length + envelope.tail.byteLength)
  let at = envelope.writeHead(bytes, 0, length)
  bytes.set(prefix, at)
  at += prefix.byteLength
  for (const message of messages) at = layout.write(bytes, at, message)
  bytes.set(envelope.tail, at)
  return bytes
}
