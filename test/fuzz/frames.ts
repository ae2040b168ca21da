/** A masked frame, as a client sends it (RFC 6455 section 5.2). @param first FIN, reserved bits, opcode */
export function textFrame(text: string, first = 0x81): Buffer {
  const payload = Buffer.from(text)
  const mask = [1, 2, 3, 4]
  const head =
    payload.byteLength < 126
      ? [first, 0x80 | payload.byteLength]
      : [first, 0x80 | 126, payload.byteLength >> 8, payload.byteLength & 0xff]
  return Buffer.from([...head, ...mask, ...payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))])
}

/** The frames that a server sent: whole ones, not masked; the last may be cut off by the end of the connection. */
export function framesIn(bytes: Buffer): { opcode: number; payload: Buffer }[] {
  const frames: { opcode: number; payload: Buffer }[] = []
  for (let at = 0; at + 2 <= bytes.byteLength; ) {
    const [first = 0, second = 0] = bytes.subarray(at)
    if ((second & 0x80) !== 0) throw new Error('a server masked a frame')
    const short = second & 0x7f
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    if (at + head > bytes.byteLength) break
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    if (at + head + length > bytes.byteLength) break
    frames.push({ opcode: first & 0x0f, payload: bytes.subarray(at + head, at + head + length) })
    at += head + length
  }
  return frames
}
