/** Frames of HTTP/2 (RFC 9113 4.1). */
export const FRAME_HEAD_BYTES = 9

export const DATA = 0
export const HEADERS = 1
export const PRIORITY = 2
export const RST_STREAM = 3
export const SETTINGS = 4
export const PUSH_PROMISE = 5
export const PING = 6
export const GOAWAY = 7
export const WINDOW_UPDATE = 8
export const CONTINUATION = 9

/** Flags: each means something on some frames only. */
export const END_STREAM = 1
export const ACK = 1
export const END_HEADERS = 4
export const PADDED = 8
export const HAS_PRIORITY = 0x20

/** SETTINGS (RFC 9113 6.5.2). */
export const ENABLE_PUSH = 2
export const MAX_CONCURRENT_STREAMS = 3
export const INITIAL_WINDOW_SIZE = 4
export const MAX_FRAME_SIZE = 5
export const MAX_HEADER_LIST_SIZE = 6

/** What every peer must take, and we never go beyond. */
export const FRAME_BYTES = 16_384
export const DEFAULT_WINDOW = 65_535
export const LARGEST_WINDOW = 0x7fffffff

/** Error codes (RFC 9113 7). */
export const NO_ERROR = 0
export const PROTOCOL_ERROR = 1
export const INTERNAL_ERROR = 2
export const FLOW_CONTROL_ERROR = 3
export const STREAM_CLOSED = 5
export const FRAME_SIZE_ERROR = 6
export const REFUSED_STREAM = 7
export const CANCEL = 8
export const COMPRESSION_ERROR = 9
export const ENHANCE_YOUR_CALM = 11

/** What a client begins with (RFC 9113 3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Writes a frame's head. @returns where its payload begins */
export function writeHead(
  out: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): number {
  out.writeUIntBE(length, at, 3)
  out[at + 3] = type
  out[at + 4] = flags
  out.writeUInt32BE(stream, at + 5)
  return at + FRAME_HEAD_BYTES
}

/** A whole frame with a payload of some 32-bit numbers. */
export function frameOf(type: number, flags: number, stream: number, ...words: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(FRAME_HEAD_BYTES + words.length * 4)
  let at = writeHead(out, 0, words.length * 4, type, flags, stream)
  for (const word of words) at = out.writeUInt32BE(word, at)
  return out
}

/** SETTINGS with these values, by their numbers. */
export function settingsFrame(values: ReadonlyMap<number, number>): Buffer {
  const out = Buffer.allocUnsafe(FRAME_HEAD_BYTES + values.size * 6)
  let at = writeHead(out, 0, values.size * 6, SETTINGS, 0, 0)
  for (const [name, value] of values) {
    at = out.writeUInt16BE(name, at)
    at = out.writeUInt32BE(value, at)
  }
  return out
}
