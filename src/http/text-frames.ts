/** First byte of a whole text message: FIN and opcode 1 (RFC 6455 section 5.2). */
const TEXT = 0x81

/** Text messages as a server sends them (RFC 6455 section 5.2: not masked, not fragmented), one after the other in one buffer. */
export function textFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text))
  const total = lengths.reduce((sum, length) => sum + headLength(length) + length, 0)
  // From memory of its own: it waits in the queues of sockets for longer than the pool's neighbours live.
  const frames = Buffer.allocUnsafeSlow(total)
  let at = 0
  for (const [index, text] of texts.entries()) {
    const length = lengths[index] ?? 0
    at = writeHead(frames, at, length)
    at += frames.write(text, at, length, 'utf8')
  }
  return frames
}

function headLength(length: number): number {
  if (length < 126) return 2
  return length < 65_536 ? 4 : 10
}

function writeHead(frames: Buffer, at: number, length: number): number {
  frames[at] = TEXT
  if (length < 126) {
    frames[at + 1] = length
    return at + 2
  }
  if (length < 65_536) {
    frames[at + 1] = 126
    return frames.writeUInt16BE(length, at + 2)
  }
  frames[at + 1] = 127
  return frames.writeBigUInt64BE(BigInt(length), at + 2)
}
