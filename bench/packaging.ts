import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { MediaPlaylists } from '../src/deliver/hls/media-playlists.ts'
import { type FlvTag, TagType } from '../src/formats/flv/flv-file.ts'
import { ChunkDecoder } from '../src/formats/rtmp/chunk-decoder.ts'
import { ChunkEncoder } from '../src/formats/rtmp/chunk-encoder.ts'
import { type Message, MessageType } from '../src/formats/rtmp/message.ts'
import { MediaInput } from '../src/ingest/rtmp/media-input.ts'
import type { Publication } from '../src/live/ports.ts'
import type { Packet, Track } from '../src/media/packet.ts'
import { conditions } from '../test/light/conditions.ts'
import { encoded } from '../test/light/encoder.ts'
import { openPresentation } from '../test/light/package-packets.ts'
import { readFlvFile } from '../test/light/rtmp-publisher.ts'
import { figure, type Spread, spread } from './measure/figures.ts'

// CPU for each second of a 720p30 broadcast of 2.5 Mbit/s, in this process: no sockets, no waiting.

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, out: { type: 'string' } } })
const rounds = Math.max(5, Number(values.rounds))

const tags = readFlvFile(await encoded('hd'))
const seconds = ((tags.at(-1)?.timestamp ?? 0) - (tags[0]?.timestamp ?? 0)) / 1000
const bytes = tags.reduce((sum, { body }) => sum + body.byteLength, 0)
const messages = inChunks(tags)
const limits = { messageBytes: 8 << 20, heldBytes: 16 << 20, chunkStreams: 64 }

type Step = { readonly track: Track } | { readonly packet: Packet }

/** From the bytes behind the handshake to cleaned packets, one read a message as sockets give them. */
function demux(publication: Publication): void {
  const input = new MediaInput(publication, () => {})
  const decoder = new ChunkDecoder(limits, ({ typeId, timestamp, payload }: Message) => {
    if (typeId === MessageType.video) input.video(timestamp, payload)
    else if (typeId === MessageType.audio) input.audio(timestamp, payload)
  })
  for (const message of messages) decoder.push(message)
}

const nobody: Publication = { startTime: 10, track: () => {}, write: () => {}, end: () => {} }

const steps: Step[] = []
demux({
  ...nobody,
  track: (track) => steps.push({ track }),
  write: (packet) => steps.push({ packet }),
})

/** From packets to parts and segments in the live window; with playlists, also what viewers read after every part. */
function pack(withPlaylists: boolean): void {
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

const measures: readonly (readonly [name: string, run: () => void])[] = [
  ['demux', () => demux(nobody)],
  ['package', () => pack(false)],
  ['package and playlists', () => pack(true)],
]

/** Interleaved, so that a neighbour's load falls on all of them. */
const results = new Map<string, number[]>(measures.map(([name]) => [name, []]))
for (let round = -2; round < rounds; round++) {
  for (const [name, run] of measures) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    if (round >= 0) results.get(name)?.push((user + system) / 1000 / seconds)
  }
}

const under = conditions()
const megabits = Math.round((bytes * 8) / seconds / 1e4) / 100
for (const [name, all] of results) {
  const result: Spread = spread(all)
  const line = { bench: 'packaging', measure: name, ...result, rounds, megabits, ...under }
  if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(line)}\n`)
  const { p50, lowest, highest } = result
  process.stdout.write(
    `${name.padEnd(22)} median ${figure(p50)} ms CPU per stream-second (${figure(lowest)} to ${figure(highest)}), ${megabits} Mbit/s, load average ${under.loadAverage}\n`,
  )
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
