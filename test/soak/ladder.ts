import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { silentLog } from '../../src/base/log.ts'
import { Broadcast } from '../../src/live/broadcast.ts'
import type { Packet } from '../../src/media/packet.ts'
import { LADDERS } from '../../src/transcode/ladder.ts'
import { Transcoder } from '../../src/transcode/transcoder.ts'
import { conditions } from '../light/conditions.ts'
import { type EncodedName, encoded } from '../light/encoder.ts'
import { ptsOf, RungFrames, type Told, tell, toldBy, videoOf } from '../light/rung-frames.ts'
import { until } from '../light/server-process.ts'

const USAGE = `npm run soak -- ladder [options]: FFmpeg is killed (kill -9) under a broadcast

  --kills N     how often (20)
  --seconds N   for how long (300)
  --ladder NAME of config/ladders (480p, of 720p30)
  --out FILE    a line of JSON
`
const LONG_MS = 120_000
/** A child that was killed is replaced within this time. */
const STALL_MS = 1000

export type LadderSoak = {
  readonly kills: number
  readonly seconds: number
  readonly ladder: string
  readonly source: EncodedName
}

export type RungResult = {
  readonly name: string
  readonly frames: number
  readonly missing: number
  readonly doubled: number
  /** Changes of its codec configuration. */
  readonly configurations: number
}

export type LadderResult = {
  readonly kills: number
  readonly restarts: number
  readonly rungs: readonly RungResult[]
  /** After each kill: how long no frame of any rung came, milliseconds. */
  readonly stallsMs: readonly number[]
}

/** Kills the child of a broadcast again and again, in real time, and compares what came out with the source, frame by frame. */
export async function soakLadder({ kills, seconds, ladder, source }: LadderSoak): Promise<LadderResult> {
  const transcoder = new Transcoder({
    // So long that nothing gives way however busy the machine is.
    ...{
      settings: { maxBroadcasts: 1, segmentSeconds: 600, onDemand: 'off', idleSeconds: 45 },
      ladderOf: () => LADDERS.get(ladder) ?? 'off',
      opusOf: () => false,
      wantsOpus: () => false,
      ffmpeg: () => 'ffmpeg',
    },
    log: silentLog,
  })
  await transcoder.start()
  try {
    transcoder.lookForEncoders()
    await until(() => transcoder.encoders.length > 0, LONG_MS, 'no encoder was found')
    const start = { id: 'soak', mediaSequence: 0, mediaSequenceLimit: 9, discontinuitySequence: 0, longestGopMs: 0 }
    const live = new Broadcast({ id: 'soak', slug: 'soak' }, start, Date.now())
    const sink = new TimedFrames()
    const reader = transcoder.reader(live, sink)
    if (reader === undefined) throw new Error('there is no ladder')
    live.attach(reader)
    const told = looped(toldBy(await encoded(source)), seconds)
    const stallsMs: number[] = []
    let [killed, killedAtMs, killable] = [0, 0, 0]
    const first = videoOf(told)[0]?.dts ?? 0
    await tell(told, {
      track: (track) => live.track(track),
      packet: (packet) => {
        live.write(packet)
        const passed = (packet.dts - first) / 90_000
        if (killedAtMs > 0 && sink.newestAtMs > killedAtMs + 100) {
          stallsMs.push(sink.newestAtMs - killedAtMs)
          killedAtMs = 0
          killable = sink.count + 10
        } else if (killedAtMs > 0) {
          // What was under way when it was killed is not what follows it.
          sink.newestAtMs = 0
        }
        // One that has made something since, at times that have nothing to do with key frames.
        if (killed >= kills || passed < ((killed + 0.37) * seconds) / kills || sink.count < killable) return
        const [pid] = transcoder.all()[0]?.pids ?? []
        if (pid === undefined || killedAtMs > 0) return
        process.kill(pid, 'SIGKILL')
        killed++
        killedAtMs = performance.now()
        sink.newestAtMs = 0
      },
    })
    // The decoder keeps the last pictures until it is told that nothing follows.
    live.discontinuity()
    const { rungs } = transcoder.describe('soak')
    const isHalf = rungs.some(({ framesPerSecond }) => framesPerSecond < 29)
    const wanted = new Set(wantedOf(videoOf(told), isHalf))
    const isComplete = (): boolean => rungs.every(({ name }) => sink.of(name).length >= wanted.size)
    await until(isComplete, LONG_MS, 'frames are missing').catch(() => {})
    return {
      kills: killed,
      restarts: transcoder.describe('soak').restarts,
      stallsMs: stallsMs.map(Math.round),
      rungs: rungs.map(({ name }) => {
        const made = sink.pts(name)
        const distinct = new Set(made)
        return {
          ...{ name, frames: made.length, doubled: made.length - distinct.intersection(wanted).size },
          missing: [...wanted].filter((pts) => !distinct.has(pts)).length,
          configurations: sink.tracks.get(name)?.length ?? 0,
        }
      }),
    }
  } finally {
    await transcoder.stop()
  }
}

class TimedFrames extends RungFrames {
  count = 0
  /** When the first frame came since this was set to 0. */
  newestAtMs = 0

  override packet(...args: Parameters<RungFrames['packet']>): void {
    super.packet(...args)
    this.count++
    if (this.newestAtMs === 0) this.newestAtMs = performance.now()
  }
}

/** Presentation times in their order; with half of the frames every second one of each group. */
function wantedOf(video: readonly Packet[], isHalf: boolean): number[] {
  let inGroup = 0
  return video
    .toSorted((a, b) => ptsOf(a) - ptsOf(b))
    .filter((packet) => {
      inGroup = packet.isSync ? 0 : inGroup + 1
      return !isHalf || inGroup % 2 === 0
    })
    .map(ptsOf)
}

/** The pictures of a file over and over, their times going on. */
function looped(told: readonly Told[], seconds: number): Told[] {
  const [track] = told.filter((each) => 'track' in each && each.track.codec.kind === 'h264')
  const video = videoOf(told)
  const [first, second] = video
  if (track === undefined || first === undefined || second === undefined) throw new Error('a file without pictures')
  const length = (video.at(-1)?.dts ?? 0) - first.dts + (second.dts - first.dts)
  const all: Told[] = [track]
  for (let offset = 0; offset < seconds * 90_000; offset += length) {
    for (const packet of video) {
      if (packet.dts - first.dts + offset >= seconds * 90_000) break
      all.push({ packet: { ...packet, dts: packet.dts + offset } })
    }
  }
  return all
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '300' },
      ladder: { type: 'string', default: '480p' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(USAGE)
  else {
    const [kills = 0, seconds = 0] = [values.kills, values.seconds].map(Number)
    const result = await soakLadder({ kills, seconds, ladder: values.ladder, source: 'hd' })
    console.table(result.rungs)
    console.log(`stalls after a kill, ms: ${result.stallsMs.join(' ')}`)
    const line = JSON.stringify({ soak: 'ladder', ...result, ...conditions() })
    if (values.out !== undefined) appendFileSync(values.out, `${line}\n`)
    console.log(line)
    const failed = [
      ...(result.kills < kills ? [`there were ${result.kills} kills`] : []),
      ...(result.rungs.some(({ missing, doubled }) => missing + doubled > 0) ? ['a frame is missing or doubled'] : []),
      ...(Math.max(...result.stallsMs) > STALL_MS ? [`nothing came for ${Math.max(...result.stallsMs)} ms`] : []),
    ]
    console.log(failed.length > 0 ? `FAILED: ${failed.join(', ')}` : 'no frame is missing, none is doubled')
    process.exitCode = failed.length > 0 ? 1 : 0
  }
}
