import { MediaPlaylists } from '../src/deliver/hls/media-playlists.ts'
import { type FlvTag, TagType } from '../src/formats/flv/flv-file.ts'
import { ChunkDecoder } from '../src/formats/rtmp/chunk-decoder.ts'
import { ChunkEncoder } from '../src/formats/rtmp/chunk-encoder.ts'
import { type Message, MessageType } from '../src/formats/rtmp/message.ts'
import { MediaInput } from '../src/ingest/rtmp/media-input.ts'
import type { Publication } from '../src/live/ports.ts'
import type { Packet, Track } from '../src/media/packet.ts'
import { encoded } from '../test/light/encoder.ts'
import { openPresentation } from '../test/light/package-packets.ts'
import { readFlvFile } from '../test/light/rtmp-publisher.ts'
import { videoConfig, videoFrame } from '../test/light/synthetic-media.ts'
import { spread } from './measure/figures.ts'
import type { Measure } from './measure/frame.ts'

const limits = { messageBytes: 8 << 20, heldBytes: 16 << 20, chunkStreams: 64 }

type Step = { readonly track: Track } | { readonly packet: Packet }

/** From the bytes behind the handshake to cleaned packets, one read a message as sockets give them. */
function demux(messages: readonly Uint8Array[], publication: Publication): void {
  const input = new MediaInput(publication, () => {})
  const decoder = new ChunkDecoder(limits, ({ typeId, timestamp, payload }: Message) => {
    if (typeId === MessageType.video) input.video(timestamp, payload)
    else if (typeId === MessageType.audio) input.audio(timestamp, payload)
  })
  for (const message of messages) decoder.push(message)
}

const nobody: Publication = { startTime: 10, track: () => {}, write: () => {}, end: () => {} }

function stepsOf(messages: readonly Uint8Array[]): Step[] {
  const steps: Step[] = []
  demux(messages, {
    ...nobody,
    track: (track) => steps.push({ track }),
    write: (packet) => steps.push({ packet }),
  })
  return steps
}

/** From packets to parts and segments in the live window; with playlists, also what viewers read after every part. */
function pack(steps: readonly Step[], withPlaylists: boolean): void {
  const { broadcast, presentation } = openPresentation({ liveSeconds: 20 })
  const playlists = new MediaPlaylists()
  const seen = new Map<object, number>()
  for (const step of steps) {
    if ('track' in step) broadcast.track(step.track)
    else broadcast.write(step.packet)
    if (!withPlaylists || !presentation.ready) continue
    for (const rendition of presentation.renditions) {
      if (seen.get(rendition) === rendition.window.version) continue
      seen.set(rendition, rendition.window.version)
      playlists.render(presentation, rendition, false).gzipped.byteLength
      playlists.render(presentation, rendition, true).gzipped.byteLength
    }
  }
  broadcast.end('stopped')
}

/** Processor time for each second of a 720p30 broadcast of 2.5 Mbit/s, in this process: no sockets, no waiting. */
export const measure: Measure = {
  name: 'packaging',
  about: 'demuxing, packaging, rendering playlists, in one process',
  minutes: 1,
  rounds: 9,
  async run(bench) {
    const tags = bench.short ? madeTags() : readFlvFile(await encoded('hd'))
    const seconds = ((tags.at(-1)?.timestamp ?? 0) - (tags[0]?.timestamp ?? 0)) / 1000
    const messages = inChunks(tags)
    const steps = stepsOf(messages)
    const works = [
      { name: 'demux', atMost: 1, run: () => demux(messages, nobody) },
      { name: 'package', atMost: 2, run: () => pack(steps, false) },
      { name: 'package and playlists', run: () => pack(steps, true) },
    ]
    // Interleaved, so that a neighbour's load falls on all of them; the first two rounds warm up.
    const results = works.map(() => [] as number[])
    for (let round = -2; round < bench.rounds; round++) {
      for (const [i, { run }] of works.entries()) {
        const before = process.cpuUsage()
        run()
        const { user, system } = process.cpuUsage(before)
        if (round >= 0) results[i]?.push((user + system) / 1000 / seconds)
      }
    }
    for (const [i, { name, atMost }] of works.entries()) {
      const about = { name, unit: 'ms CPU per stream-second', ours: spread(results[i] ?? []) }
      bench.tell({ ...about, ...(atMost !== undefined && { atMost }) })
    }
  },
}

/** A short stream for a look whether this runs at all. */
function madeTags(): FlvTag[] {
  const tags = [videoConfig(0)]
  for (let i = 0; i < 300; i++) tags.push(videoFrame(Math.round((i * 1000) / 30), i % 60 === 0, 0, 9600))
  return tags
}

function inChunks(all: readonly FlvTag[]): Uint8Array[] {
  const encoder = new ChunkEncoder()
  return all.map(({ typeId, timestamp, body }) =>
    encoder.encode({
      chunkStreamId: typeId === TagType.video ? 6 : 4,
      timestamp,
      typeId,
      messageStreamId: 1,
      payload: body,
    }),
  )
}
