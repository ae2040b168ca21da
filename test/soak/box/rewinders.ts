import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { loadOptions } from '../../../bench/load/serve-load.ts'
import { type ReadSegment, readPlaylist } from '../../light/playlist.ts'
import { readFragment, readTimescale } from '../../light/read-fragment.ts'
import { Chance } from './chance.ts'
import { Line } from './line.ts'
import { serveTally, Tally } from './tally.ts'

/** Viewers who go back in the rewind window, watch some segments there, and jump elsewhere. */
export type RewindersOptions = {
  readonly port: number
  readonly channels: readonly string[]
  readonly viewers: number
  readonly seed: number
  /** Segments that are read in a row. */
  readonly inARow: number
  /** Media playlist to read, as it is named under `/live/<channel>/`. */
  readonly playlist: string
}

/** Segments so near to the window's beginning may be gone before they are asked for. */
const OLDEST_LEFT_OUT = 10
const BETWEEN_MS = 400

const options = loadOptions<RewindersOptions>()
const tally = new Tally()
const chance = new Chance(options.seed)

async function rewind(slug: string): Promise<void> {
  const line = new Line(options.port)
  const at = (uri: string) => `/live/${slug}/${uri}`
  for (;;) {
    try {
      const answer = await line.get(at(`${options.playlist}?dvr=1`), 'accept-encoding: gzip\r\n')
      if (answer.status !== 200) throw new Error(`the playlist answered ${answer.status}`)
      const zipped = /\r\ncontent-encoding: gzip/i.test(answer.head)
      const { segments } = readPlaylist((zipped ? gunzipSync(answer.body) : answer.body).toString())
      const closed = segments.filter(({ uri, gap }) => uri !== undefined && !gap)
      tally.peak(
        'windowSeconds',
        closed.reduce((sum, { duration }) => sum + duration, 0),
      )
      tally.add('jumps')
      const oldest = Math.min(OLDEST_LEFT_OUT, Math.max(0, closed.length - options.inARow))
      const from = oldest + chance.below(Math.max(1, closed.length - options.inARow - oldest))
      await play(line, at, closed.slice(from, from + options.inARow))
    } catch (error) {
      tally.fault('failed', `${slug} rewound: ${error instanceof Error ? error.message : String(error)}`)
    }
    await sleep(BETWEEN_MS)
  }
}

async function play(line: Line, at: (uri: string) => string, segments: readonly ReadSegment[]): Promise<void> {
  let map: string | undefined
  let timescale = 0
  let due: number | undefined
  for (const segment of segments) {
    if (segment.map !== undefined && segment.map !== map) {
      map = segment.map
      timescale = readTimescale((await line.get(at(map))).body)
    }
    const { status, body } = await line.get(at(segment.uri ?? ''))
    if (status !== 200) {
      tally.fault('missing', `${segment.uri} in the rewind window answered ${status}`)
      due = undefined
      continue
    }
    due = check(segment, body, timescale, segment.discontinuity ? undefined : due)
    tally.add('segments')
    tally.add('bytes', body.byteLength)
    await sleep(BETWEEN_MS)
  }
}

/** All fragments of a segment, one behind the other. @returns the decode time that comes next */
function check(segment: ReadSegment, body: Buffer, timescale: number, due: number | undefined): number | undefined {
  let next = due
  let ticks = 0
  for (let rest = body; rest.byteLength > 0; ) {
    const fragment = readFragment(rest)
    if (next !== undefined && fragment.baseMediaDecodeTime !== next)
      tally.fault('holes', `${segment.uri} has decode time ${fragment.baseMediaDecodeTime} where ${next} was due`)
    next = fragment.baseMediaDecodeTime + fragment.ticks
    ticks += fragment.ticks
    rest = rest.subarray(fragment.byteLength)
  }
  if (Math.abs(ticks / timescale - segment.duration) > 0.001)
    tally.fault('holes', `${segment.uri} lasts ${ticks / timescale} s, its playlist says ${segment.duration}`)
  return next
}

for (let i = 0; i < options.viewers; i++) void rewind(options.channels[i % options.channels.length] ?? '')
await sleep(1000)
serveTally(tally, () => ({ rewinders: options.viewers }))
