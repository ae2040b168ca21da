import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '../../src/base/log.ts'
import type { RungSink } from '../../src/live/rungs.ts'
import { X264 } from '../../src/transcode/box/encoders.ts'
import { ChildThreads } from '../../src/transcode/child/child-threads.ts'
import { ffmpegArguments } from '../../src/transcode/ffmpeg-arguments.ts'
import { LADDERS } from '../../src/transcode/ladder.ts'
import { planLadder } from '../../src/transcode/plan.ts'
import { Splicer } from '../../src/transcode/splicer.ts'
import { ptsOf, tell, toldBy, videoOf } from '../../test/light/rung-frames.ts'

/**
 * A process that does nothing but make a ladder of a file in real time, so that its processor time, FFmpeg's included, is
 * that of the ladder. Says `begin` with its children's start, and at the end how late each frame of the rungs was.
 */
export type LadderLoad = { readonly file: string; readonly ladder: string; readonly seconds: number }

const { file, ladder, seconds }: LadderLoad = JSON.parse(process.argv[2] ?? '{}')
const told = toldBy(file).filter((each) => 'track' in each || each.packet.trackId === 1)
const first = videoOf(told)[0]?.dts ?? 0
const wanted = told.filter((each) => 'track' in each || each.packet.dts - first < seconds * 90_000)
const of = LADDERS.get(ladder)
if (of === undefined) throw new Error(`no ladder ${ladder}`)
const { rungs } = planLadder(of, { width: 1280, height: 720, framesPerSecond: 30 })

const fedAtMs = new Map<number, number>()
const lateMs: number[] = []
const counts = new Map<string, number>()
const sink: Pick<RungSink, 'track' | 'packet' | 'pause'> = {
  track: () => {},
  pause: () => {},
  packet: (name, packet) => {
    lateMs.push(performance.now() - (fedAtMs.get(ptsOf(packet)) ?? 0))
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
  track: (track) => splicer.track(track),
  packet: (packet) => {
    fedAtMs.set(ptsOf(packet), performance.now())
    splicer.packet(packet)
  },
})
await sleep(500)
process.send?.({ kind: 'done', lateMs, frames: videoOf(wanted).length, made: Object.fromEntries(counts) })
// Until it was looked at: children that ended aren't counted in nanoseconds.
process.once('message', async () => {
  splicer.end()
  await threads.stop()
  process.disconnect?.()
})
