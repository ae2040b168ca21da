import { writeU8, writeU32 } from './write-bytes.ts'

/** First byte of a whole message: FIN and the opcode (RFC 6455 section 5.2). */
export const TEXT_FRAME = 0x81
export const BINARY_FRAME = 0x82

/** Bytes before a payload of this length as a server sends it: not masked. */
export function frameHeadLength(length: number): number {
  if (length < 126) return 2
  return length < 65_536 ? 4 : 10
}

/** Writes the head of a message of one frame. @returns where its payload begins */
export function writeFrameHead(bytes: Uint8Array, at: number, first: number, length: number): number {
  const to = writeU8(bytes, at, first)
  if (length < 126) return writeU8(bytes, to, length)
  if (length < 65_536) return writeU8(bytes, writeU8(bytes, writeU8(bytes, to, 126), length >>> 8), length)
  return writeU32(bytes, writeU32(bytes, writeU8(bytes, to, 127), Math.floor(length / 2 ** 32)), length)
}
