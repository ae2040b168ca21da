import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '../../src/base/log.ts'
import type { RungSink } from '../../src/live/rungs.ts'
import { parseAvcC } from '../../src/media/avcc.ts'
import { parseSps } from '../../src/media/sps.ts'
import { X264 } from '../../src/transcode/box/encoders.ts'
import { ChildThreads } from '../../src/transcode/child/child-threads.ts'
import { ffmpegArguments } from '../../src/transcode/ffmpeg-arguments.ts'
import { LADDERS } from '../../src/transcode/ladder.ts'
import { planLadder } from '../../src/transcode/plan.ts'
import { Splicer } from '../../src/transcode/splicer.ts'
import { ptsOf, tell, toldBy, videoOf } from '../../test/light/rung-frames.ts'
import { HELD_FRAMES, handedOutBehind } from '../measure/handed-out.ts'

/**
 * A process that does nothing but make a ladder of a file in real time, so that its processor time, FFmpeg's included, is
 * that of the ladder and of telling the source's frames. Says `begin` with its children's start, and at the end how late each
 * frame of the rungs was, counted from when a decoder could hand out the source's.
 */
export type LadderLoad = {
  readonly file: string
  /** Of its picture. */
  readonly width: number
  readonly height: number
  /** Undefined: nobody reads the source, which is told all the same. */
  readonly ladder: string | undefined
  readonly seconds: number
}

/** How long the last frames are waited for. */
const LAST_MS = 60_000

const { file, width, height, ladder, seconds }: LadderLoad = JSON.parse(process.argv[2] ?? '{}')
const told = toldBy(file).filter((each) => 'track' in each || each.packet.trackId === 1)
const first = videoOf(told)[0]?.dts ?? 0
const wanted = told.filter((each) => 'track' in each || each.packet.dts - first < seconds * 90_000)
const of = ladder === undefined ? undefined : LADDERS.get(ladder)
if (ladder !== undefined && of === undefined) throw new Error(`no ladder ${ladder}`)
const rungs = of === undefined ? [] : planLadder(of, { width, height, framesPerSecond: 30 }).rungs

const [sps] = told.flatMap((each) =>
  'track' in each && each.track.codec.kind === 'h264' ? parseAvcC(each.track.codec.avcC).sps : [],
)
const reordered = sps === undefined ? undefined : parseSps(sps).maxNumReorderFrames
const behind = handedOutBehind(videoOf(wanted).map(ptsOf), reordered ?? 0)
const fedAtMs = new Map<number, number>()
const lateMs: number[] = []
const counts = new Map<string, number>()
const sink: Pick<RungSink, 'track' | 'packet' | 'pause'> = {
  track: () => {},
  pause: () => {},
  packet: (name, packet) => {
    const fedMs = fedAtMs.get(behind.get(ptsOf(packet)) ?? Number.NaN)
    if (fedMs !== undefined) lateMs.push(performance.now() - fedMs)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  },
}
const threads = new ChildThreads(silentLog)
const splicer = new Splicer({
  ...{ sink, changed: () => {}, missing: () => {}, log: silentLog },
  launch: (of, events) =>
    threads.start(
      { program: 'ffmpeg', args: ffmpegArguments({ rungs: of, encoder: X264 }), outputs: of.map(() => 'flv') },
      events,
    ),
})
splicer.run(rungs)
process.send?.({ kind: 'begin' })
await tell(wanted, {
  track: (track) => {
    if (of !== undefined) splicer.track(track)
  },
  packet: (packet) => {
    fedAtMs.set(ptsOf(packet), performance.now())
    if (of !== undefined) splicer.packet(packet)
  },
})
const frames = videoOf(wanted).length
// Children give way to everything else that a machine does. They hold back some until it is said that nothing follows.
const lastMs = performance.now() + LAST_MS
const isMade = ({ name }: { readonly name: string }): boolean => (counts.get(name) ?? 0) >= frames - HELD_FRAMES
while (!rungs.every(isMade) && performance.now() < lastMs) await sleep(50)
process.send?.({ kind: 'done', lateMs, frames, made: Object.fromEntries(counts) })
// Until it was looked at: children that ended aren't counted in nanoseconds.
process.once('message', async () => {
  splicer.end()
  await threads.stop()
  process.disconnect?.()
})
