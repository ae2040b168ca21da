import { setTimeout as sleep } from 'node:timers/promises'
import { type FlvTag, TagType } from '../../src/formats/flv/flv-file.ts'
import { ChunkEncoder } from '../../src/formats/rtmp/chunk-encoder.ts'
import { setChunkSize } from '../../src/formats/rtmp/control.ts'
import { loopMs, RtmpPublisher, readFlvFile } from '../../test/light/rtmp-publisher.ts'
import { audioConfig, audioFrame, videoConfig, videoFrame } from '../../test/light/synthetic-media.ts'
import { loadOptions, percentile, serveLoad } from './serve-load.ts'
import { stamp, stampIn, withStamps } from './stamp.ts'

/**
 * Many publishers of one prepared stream, one write a frame. Each message is put into chunks once and the same bytes go
 * to all. The publishers begin at different moments of a group of pictures, as strangers do: a server that got all their
 * frames at once would save wake-ups that it has to pay for in life.
 */
const options = loadOptions<{
  readonly port: number
  readonly publishers: number
  /** An FLV file; without one, made frames that nothing can decode. */
  readonly file?: string
  readonly warmUpMs: number
  /** Of made frames. */
  readonly framesPerSecond?: number
  readonly frameBytes?: number
  readonly silent?: boolean
  readonly prefix?: string
  /** Each picture says when it was sent; of one publisher. */
  readonly stamped?: boolean
}>()

/** What OBS says. */
const CHUNK_SIZE = 4096
const SPREAD_MS = 2000
const TICK_MS = 2

const plain = options.file === undefined ? madeTags() : readFlvFile(options.file)
const tags = options.stamped ? withStamps(plain) : plain
const first = tags[0]?.timestamp ?? 0
const lengthMs = loopMs(tags)

/** What is still to be sent by somebody; the first of them is the `gone`-th of all. */
let messages: { readonly dueMs: number; readonly bytes: Uint8Array; readonly stampAt: number }[] = []
let gone = 0
const encoder = new ChunkEncoder()
encoder.encode(setChunkSize(CHUNK_SIZE))
let loops = 0

/** One more time through the stream, with timestamps that go on; what all have sent is forgotten. */
function encodeLoop(streamId: number): void {
  const offset = loops * lengthMs
  const behind = Math.min(gone + messages.length, ...senders.filter(isOpen).map(({ next }) => next))
  messages = messages.slice(behind - gone)
  gone = behind
  for (const tag of tags) {
    if (loops > 0 && (tag.typeId === TagType.script || (tag.body[1] === 0 && tag.timestamp === first))) continue
    const dueMs = tag.timestamp - first + offset
    const bytes = encoder.encode({
      chunkStreamId: tag.typeId === TagType.video ? 6 : 4,
      timestamp: dueMs,
      typeId: tag.typeId,
      messageStreamId: streamId,
      payload: tag.body,
    })
    messages.push({ dueMs, bytes, stampAt: options.stamped ? stampIn(bytes) : -1 })
  }
  loops++
}

type Sender = { readonly publisher: RtmpPublisher; startMs: number; next: number }

const senders: Sender[] = []
const isOpen = ({ publisher }: Sender): boolean => !publisher.client.socket.destroyed
for (let i = 0; i < options.publishers; i++) {
  const publisher = await RtmpPublisher.open({ port: options.port, name: `${options.prefix ?? 'bench'}-${i}` })
  publisher.client.send(setChunkSize(CHUNK_SIZE))
  senders.push({ publisher, startMs: 0, next: 0 })
}
encodeLoop(senders[0]?.publisher.streamId ?? 1)
const now = performance.now()
const spreadMs = Math.min(SPREAD_MS, options.warmUpMs)
for (const [i, sender] of senders.entries()) sender.startMs = now + (i * spreadMs) / senders.length

let late: number[] = []
let lost = 0
let worst = 0
setInterval(() => {
  const at = performance.now()
  for (const sender of senders) {
    const { socket } = sender.publisher.client
    if (socket.destroyed) continue
    for (;;) {
      const message = messages[sender.next - gone]
      if (message === undefined) {
        encodeLoop(sender.publisher.streamId)
        break
      }
      const lateMs = at - sender.startMs - message.dueMs
      if (lateMs < 0) break
      worst = Math.max(worst, lateMs)
      if (late.length < 1e6) late.push(lateMs)
      if (message.stampAt >= 0) stamp(message.bytes, message.stampAt)
      socket.write(message.bytes)
      sender.next++
    }
  }
}, TICK_MS)
for (const { publisher } of senders) publisher.client.socket.on('close', () => lost++)

await sleep(options.warmUpMs + (senders.length > 1 ? spreadMs : 0))
serveLoad({
  begin: () => {
    late = []
    worst = 0
    lost = 0
  },
  end: () => ({
    ...{ lateP99Ms: Math.round(percentile(late, 0.99)), lateWorstMs: Math.round(worst) },
    ...{ lost, open: senders.filter(isOpen).length },
  }),
})

function madeTags(): FlvTag[] {
  const { framesPerSecond = 30, frameBytes = 9600, silent = false } = options
  const all = silent ? [videoConfig(0)] : [videoConfig(0), audioConfig(0)]
  for (let ms = 0; ms < 60_000; ms += 1000) {
    for (let i = 0; i < framesPerSecond; i++) {
      const isKey = ms % 2000 === 0 && i === 0
      all.push(videoFrame(ms + Math.round((i * 1000) / framesPerSecond), isKey, 0, frameBytes))
    }
    for (let i = 0; i < 43 && !silent; i++) all.push(audioFrame(ms + Math.round((i * 1000) / 43), 250))
  }
  return all.sort((a, b) => a.timestamp - b.timestamp)
}
