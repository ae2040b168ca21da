import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Edge } from '../../src/deliver/edge/edge.ts'
import { pictureSize } from '../../src/deliver/picture.ts'
import { readAudioTag } from '../../src/formats/flv/audio-tag.ts'
import { FlvDecoder, TagType } from '../../src/formats/flv/flv-file.ts'
import { readVideoTag } from '../../src/formats/flv/video-tag.ts'
import type { Broadcast } from '../../src/live/broadcast.ts'
import type { PromisedRung } from '../../src/live/rungs.ts'
import { codecString } from '../../src/media/codec-string.ts'
import type { Packet, Track } from '../../src/media/packet.ts'
import type { PackagingOptions, Presentation } from '../../src/packager/presentation.ts'
import { openPresentation } from './package-packets.ts'

/** A whole number of groups of pictures and of frames of sound at 48 kHz. */
const LOOP_SECONDS = 16
const FROM_SECONDS = 10
/** How far what a transcoder makes is behind its source, seconds. */
const LAG = 0.15
const RATE = { framesPerSecond: 30 } as const

type Made = { readonly video: Track; readonly audio: Track | undefined; readonly packets: readonly Packet[] }

/** Media of a ladder, made by FFmpeg as a transcoder would: the same frames and key frames in three sizes. */
export type Ladder = { readonly source: Made; readonly rungs: ReadonlyMap<string, Made> }

/** @param bFrames of the source; its copies have none */
export async function makeLadder(folder: string, bFrames = 0): Promise<Ladder> {
  const sizes = { source: '640x360', '240p': '426x240', '144p': '256x144' } as const
  const rates = { source: '1200k', '240p': '400k', '144p': '150k' } as const
  const path = (name: string): string => join(folder, `ladder-${bFrames}-${name}.flv`)
  await promisify(execFile)('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=30:duration=${LOOP_SECONDS}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${LOOP_SECONDS + 1}`],
    ...(['source', '240p', '144p'] as const).flatMap((name) => [
      ...['-map', '0:v', ...(name === 'source' ? ['-map', '1:a', '-c:a', 'aac', '-b:a', '64k', '-ac', '2'] : [])],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-s', sizes[name], '-g', '60'],
      ...['-keyint_min', '60', '-sc_threshold', '0', '-bf', String(name === 'source' ? bFrames : 0)],
      ...['-b:v', rates[name], '-maxrate', rates[name], '-bufsize', rates[name], '-flvflags', 'no_duration_filesize'],
      ...['-f', 'flv', path(name)],
    ]),
  ])
  const read = async (name: keyof typeof sizes): Promise<Made> => packetsOf(await readFile(path(name)))
  return {
    source: await read('source'),
    rungs: new Map([
      ['240p', await read('240p')],
      ['144p', await read('144p')],
    ]),
  }
}

/** The packets of a file, the first frame of video shown at 0. */
function packetsOf(flv: Buffer): Made {
  const packets: Packet[] = []
  let video: Track | undefined
  let audio: Track | undefined
  let shift: number | undefined
  new FlvDecoder(({ typeId, timestamp, body }) => {
    if (typeId === TagType.video) {
      const tag = readVideoTag(body)
      if (tag.kind === 'config') video = { id: 1, codec: { kind: 'h264', avcC: tag.avcC }, timescale: 90_000 }
      if (tag.kind !== 'frame') return
      shift ??= timestamp + tag.compositionTime
      const dts = (timestamp - shift) * 90
      packets.push({ trackId: 1, dts, cts: tag.compositionTime * 90, isSync: tag.isKeyFrame, data: tag.data })
    } else if (typeId === TagType.audio) {
      const tag = readAudioTag(body)
      if (tag.kind === 'config') {
        const { audioSpecificConfig } = tag
        audio = { id: 2, codec: { kind: 'aac', audioSpecificConfig }, timescale: 48_000 }
      }
      const count = packets.filter(({ trackId }) => trackId === 2).length
      if (tag.kind === 'frame' && count * 1024 < LOOP_SECONDS * 48_000)
        packets.push({ trackId: 2, dts: count * 1024, cts: 0, isSync: true, data: tag.data })
    }
  }).push(flv)
  if (video === undefined) throw new Error('no video')
  return { video, audio, packets: packets.sort((a, b) => at(a) - at(b)) }
}

const at = ({ trackId, dts }: Packet): number => dts / (trackId === 1 ? 90_000 : 48_000)

type Feed = {
  readonly made: Made
  readonly lag: number
  readonly write: (packet: Packet) => void
  next: number
}

/** A broadcast with a ladder, in real time and over and over, behind the edge of the real server. */
export class LadderOrigin {
  readonly broadcast: Broadcast
  readonly presentation: Presentation
  readonly #ladder: Ladder
  readonly #edge: Edge
  readonly #feeds: Feed[]
  readonly #paused = new Set<string>()
  readonly #toPause = new Set<string>()
  /** When the broadcast's first frame was there. */
  readonly #startMs: number
  #timer: NodeJS.Timeout | undefined

  /** @param headStart seconds of it that are there when it starts */
  constructor(ladder: Ladder, headStart = 6, options: Partial<PackagingOptions> = {}) {
    this.#startMs = performance.now() - headStart * 1000
    const { broadcast, presentation } = openPresentation({ liveSeconds: 60, pacing: true, ...options })
    this.broadcast = broadcast
    this.presentation = presentation
    this.#ladder = ladder
    this.#edge = new Edge({ packager: { get: () => presentation }, limits: { maxWaiting: 1000, stalledSeconds: 30 } })
    const { source, rungs } = ladder
    this.#feeds = [
      { made: source, lag: 0, write: (packet) => broadcast.write(packet), next: 0 },
      ...[...rungs].map(([name, made]) => ({
        made,
        lag: LAG,
        write: (packet: Packet) => this.#rung(name, packet),
        next: 0,
      })),
    ]
  }

  /** @param late rungs that come only with `resume` */
  start(late: readonly string[] = []): void {
    const { source, rungs } = this.#ladder
    this.broadcast.track(source.video)
    if (source.audio !== undefined) this.broadcast.track(source.audio)
    for (const name of late) this.#paused.add(name)
    this.#expect([...rungs.keys()].filter((name) => !this.#paused.has(name)))
    for (const [name, { video }] of rungs) if (!this.#paused.has(name)) this.presentation.rungs.track(name, video)
    this.#timer = setInterval(() => this.#feed(), 10)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.broadcast.end('stopped')
    this.#edge.stop()
  }

  /** With the next key frame, as a transcoder does it. */
  pause(name: string): void {
    this.#toPause.add(name)
  }
  /** At once, in the middle of a group of pictures. */
  breakOff(name: string): void {
    this.#paused.add(name)
    this.presentation.rungs.pause(name)
  }
  resume(name: string): void {
    this.#paused.delete(name)
    this.#expect([name])
    const track = this.#ladder.rungs.get(name)?.video
    if (track !== undefined) this.presentation.rungs.track(name, track)
  }

  /** As a test server's origin. @param rest of the path behind the channel */
  answer(rest: string, query: URLSearchParams, request: IncomingMessage, response: ServerResponse): boolean {
    const text = query.toString()
    request.url = `/live/ladder/${rest}${text === '' ? '' : `?${text}`}`
    return this.#edge.handle(request, response)
  }

  /** A server of its own. */
  async listen(): Promise<{ readonly url: string; close(): void }> {
    const server = createServer((req, res) => {
      res.setHeader('access-control-allow-origin', '*')
      if (req.url === '/time') res.end(new Date().toISOString())
      else if (!this.#edge.handle(req, res)) res.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const close = (): void => {
      server.closeAllConnections()
      server.close()
    }
    return { url: `http://127.0.0.1:${port}/live/ladder/`, close }
  }

  #expect(names: readonly string[]): void {
    this.presentation.rungs.expect(
      names,
      names.flatMap((name) => this.#promiseOf(name)),
    )
  }

  #promiseOf(name: string): readonly PromisedRung[] {
    const codec = this.#ladder.rungs.get(name)?.video.codec
    const size = codec && pictureSize(codec)
    if (codec === undefined || size === undefined) return []
    const rate = size.height * 2000
    return [
      { ...{ name, always: true, codecs: codecString(codec) }, ...size, ...RATE, bitrate: rate, peakBitrate: rate },
    ]
  }

  #rung(name: string, packet: Packet): void {
    if (packet.isSync && this.#toPause.delete(name)) this.breakOff(name)
    if (!this.#paused.has(name)) this.presentation.rungs.packet(name, packet)
  }

  #feed(): void {
    const now = (performance.now() - this.#startMs) / 1000
    for (;;) {
      let first: { readonly due: number; readonly feed: Feed; readonly packet: Packet } | undefined
      for (const feed of this.#feeds) {
        const { packets } = feed.made
        const packet = packets[feed.next % packets.length]
        if (packet === undefined) continue
        const loops = Math.floor(feed.next / packets.length) * LOOP_SECONDS
        const due = at(packet) + loops + feed.lag
        if (due <= now && (first === undefined || due < first.due)) {
          const offset = (FROM_SECONDS + loops) * (packet.trackId === 1 ? 90_000 : 48_000)
          first = { due, feed, packet: { ...packet, dts: packet.dts + offset } }
        }
      }
      if (first === undefined) return
      first.feed.next++
      first.feed.write(first.packet)
    }
  }
}
