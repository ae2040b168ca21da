import { frameHeadLength, TEXT_FRAME, writeFrameHead } from '../base/websocket-frames.ts'

/** Text messages as a server sends them (RFC 6455 section 5.2: not masked, not fragmented), one after the other in one buffer. */
export function textFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text))
  const total = lengths.reduce((sum, length) => sum + frameHeadLength(length) + length, 0)
  // From memory of its own: it waits in the queues of sockets for longer than the pool's neighbours live.
  const frames = Buffer.allocUnsafeSlow(total)
  let at = 0
  for (const [index, text] of texts.entries()) {
    const length = lengths[index] ?? 0
    at = writeFrameHead(frames, at, TEXT_FRAME, length)
    at += frames.write(text, at, length, 'utf8')
  }
  return frames
}
