import { silentLog } from '../src/base/log.ts'
import { ChunkDecoder } from '../src/formats/rtmp/chunk-decoder.ts'
import { ChunkEncoder } from '../src/formats/rtmp/chunk-encoder.ts'
import { writeCommand } from '../src/formats/rtmp/command.ts'
import { setChunkSize } from '../src/formats/rtmp/control.ts'
import { Session } from '../src/ingest/rtmp/session.ts'
import { connectInfo } from '../test/light/rtmp-client.ts'
import { audioConfig, audioFrame, videoConfig, videoFrame } from '../test/light/synthetic-media.ts'
import { spread } from './measure/figures.ts'
import type { Measure } from './measure/frame.ts'

/** What comes before the answer to `publish`, and what comes after. */
function makeStream(chunkSize: number, seconds: number): { commands: Uint8Array; media: Uint8Array } {
  const encoder = new ChunkEncoder()
  const command = (
    name: string,
    transactionId: number,
    streamId: number,
    ...rest: Parameters<typeof writeCommand>[0]['values'][number][]
  ) =>
    encoder.encode({
      chunkStreamId: 3,
      timestamp: 0,
      typeId: 20,
      messageStreamId: streamId,
      payload: writeCommand({ name, transactionId, values: rest }),
    })
  const parts = [
    command('connect', 1, 0, connectInfo({ app: 'live' })),
    command('createStream', 2, 0, null),
    command('publish', 3, 1, null, 'sk_x'),
  ]
  const commands = Buffer.concat(parts)
  parts.splice(0, parts.length, encoder.encode(setChunkSize(chunkSize)))
  const tags = [videoConfig(0), audioConfig(0)]
  for (let ms = 0; ms < seconds * 1000; ms += 1000) {
    for (let i = 0; i < 30; i++)
      tags.push(videoFrame(ms + Math.round((i * 1000) / 30), ms % 2000 === 0 && i === 0, 0, 9600))
    for (let i = 0; i < 43; i++) tags.push(audioFrame(ms + Math.round((i * 1000) / 43), 370))
  }
  tags.sort((a, b) => a.timestamp - b.timestamp)
  for (const { typeId, timestamp, body } of tags) {
    parts.push(
      encoder.encode({ chunkStreamId: typeId === 9 ? 6 : 4, timestamp, typeId, messageStreamId: 1, payload: body }),
    )
  }
  return { commands, media: Buffer.concat(parts) }
}

async function demux(
  { commands, media }: ReturnType<typeof makeStream>,
  readSize: number,
  seconds: number,
): Promise<number> {
  let packets = 0
  const publication = { startTime: 10, track() {}, write: () => void packets++, end() {} }
  let pending: Promise<void> | undefined
  const session = new Session({
    authorizer: { authorizePublish: async () => ({ allowed: true, channel: { id: '1', slug: 'main' } }) },
    input: { publish: async () => publication },
    log: silentLog,
    publisher: { description: 'bench', close() {} },
    send() {},
    publishing() {},
    acknowledgeEvery() {},
    close() {},
  })
  const decoder = new ChunkDecoder({ messageBytes: 1e7, heldBytes: 2e7, chunkStreams: 32 }, (message) => {
    pending = session.handle(message) ?? pending
  })
  decoder.push(commands)
  await pending
  const before = process.cpuUsage()
  for (let at = 0; at < media.byteLength; at += readSize) decoder.push(media.subarray(at, at + readSize))
  const { user, system } = process.cpuUsage(before)
  if (packets !== seconds * 73) throw new Error(`only ${packets} packets came through`)
  return (user + system) / 1000 / seconds
}

/**
 * Processor time of RTMP ingest, sockets left out: chunks of a made stream of 2.5 Mbit/s (30 frames and 43 AAC frames a
 * second) in reads of 64 KB or of one network packet, to packets at a publication.
 */
export const measure: Measure = {
  name: 'chunks',
  about: 'from RTMP chunks to packets, in one process, no sockets',
  minutes: 1,
  async run(bench) {
    const seconds = bench.short ? 10 : 300
    for (const chunkSize of [128, 4096, 65_536]) {
      const stream = makeStream(chunkSize, seconds)
      for (const readSize of [1448, 65_536]) {
        await demux(stream, readSize, seconds)
        const all: number[] = []
        for (let round = 0; round < bench.rounds; round++) all.push(await demux(stream, readSize, seconds))
        const name = `chunks of ${chunkSize}, reads of ${readSize}`
        bench.tell({ name, unit: 'ms CPU per stream-second', ours: spread(all), atMost: 1 })
      }
    }
  },
}
