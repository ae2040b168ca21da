import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { FlvDecoder, type FlvTag, TagType, writeFlvHeader, writeFlvTag } from '../src/formats/flv/flv-file.ts'
import { X264 } from '../src/transcode/box/encoders.ts'
import { FIRST_PIPE, ffmpegArguments } from '../src/transcode/ffmpeg-arguments.ts'
import { LADDERS } from '../src/transcode/ladder.ts'
import { planLadder } from '../src/transcode/plan.ts'
import { encoded } from '../test/light/encoder.ts'
import type { LadderLoad } from './load/ladder.ts'
import { spread } from './measure/figures.ts'
import type { Bench, Measure } from './measure/frame.ts'
import { HELD_FRAMES } from './measure/handed-out.ts'
import { cpuMs } from './measure/process-tree.ts'
import { compare, interleave, type Sample } from './measure/rounds.ts'
import { runLadder } from './measure/run-ladder.ts'

/** Until FFmpeg has begun, and Node has compiled what runs all the time: a broadcast lasts for hours. */
const WARM_MS = 8000
/** Telling a source takes the same all the time. */
const TELLING_SECONDS = 4
/** Steps of niceness, as our children are. */
const BEHIND = 10
const LADDER = '480p'
const HD = { width: 1280, height: 720 } as const

/**
 * What a ladder of 480p and 360p costs beside the bare FFmpeg command, fed the same frames at the same pace and its outputs read,
 * and how much later its frames are than a decoder could hand out the source's. 720p30 in, 2.5 Mbit/s. That there is a source
 * isn't the ladder's cost: what telling its frames takes alone is measured in the same rounds, and taken off.
 */
export const measure: Measure = {
  name: 'ladder',
  about: '480p and 360p of 720p30, beside the bare FFmpeg command: processor time, added delay',
  minutes: 9,
  rounds: 5,
  seconds: 10,
  async run(bench: Bench) {
    const file = await encoded(bench.short ? 'gop2' : 'hd')
    const seconds = bench.short ? 1 : bench.seconds
    const warmMs = bench.short ? 500 : WARM_MS
    const load = { file, ...HD, ladder: LADDER, seconds: seconds + warmMs / 1000 }
    const nobodys = { seconds: Math.min(seconds, TELLING_SECONDS) + warmMs / 1000 }
    const late: number[] = []
    const tellings: number[] = []
    const rounds = await interleave(bench, [
      {
        name: 'ours',
        async sample() {
          const telling = await loaded({ ...load, ...nobodys, ladder: undefined }, warmMs, [])
          tellings.push(telling)
          return { cpu: (await loaded(load, warmMs, late)) - telling }
        },
      },
      { name: 'bare FFmpeg', sample: () => bare(file, seconds, warmMs) },
    ])
    const about = { name: 'processor time', unit: 'ms CPU per stream-second' }
    const more = { 'telling the source, taken off': tellings.length > 0 ? spread(tellings).p50 : 0 }
    for (const figure of compare(rounds, 'cpu', about, { 'bare FFmpeg': { atMost: 1.05 } }, more)) bench.tell(figure)
    if (late.length > 0) bench.tell({ name: 'added delay, B-frames', unit: 'ms', ours: spread(late), atMost: 20 })
    if (bench.short) return
    const forward: number[] = []
    const alone = { ...load, file: await encoded('forward') }
    await interleave(bench, [{ name: 'ours', sample: async () => ({ cpu: await loaded(alone, warmMs, forward) }) }])
    if (forward.length > 0)
      bench.tell({ name: 'added delay, no B-frames', unit: 'ms', ours: spread(forward), atMost: 20 })
  },
}

/** @returns processor time, ms a second */
async function loaded(options: LadderLoad, warmMs: number, late: number[]): Promise<number> {
  const { cpu, lateMs, frames, made } = await runLadder(options, warmMs)
  for (const [name, count] of Object.entries(made)) {
    if (count < frames - HELD_FRAMES) throw new Error(`${name} has ${count} of ${frames} frames`)
  }
  // The first ones waited for FFmpeg to begin.
  late.push(...lateMs.slice(lateMs.length >> 2))
  return cpu
}

/** The same arguments. What feeds it, and reads what comes out, is not counted. */
async function bare(file: string, seconds: number, warmMs: number): Promise<Sample> {
  const ladder = LADDERS.get(LADDER)
  if (ladder === undefined) throw new Error('no such ladder')
  const rungs = planLadder(ladder, { ...HD, framesPerSecond: 30 }).rungs
  const args = ffmpegArguments({ rungs: rungs.map((rung) => ({ ...rung, startMs: undefined })), encoder: X264 })
  const child = spawn('ffmpeg', args, { stdio: ['pipe', 'ignore', 'ignore', ...rungs.map(() => 'pipe' as const)] })
  for (const output of child.stdio.slice(FIRST_PIPE)) if (output instanceof Readable) output.resume()
  const pid = child.pid ?? 0
  setPriority(pid, Math.min(19, getPriority() + BEHIND))
  child.stdin?.on('error', () => {})
  const feeding = feed(child, file, seconds + warmMs / 1000)
  await sleep(warmMs)
  const [cpuBefore, before] = [cpuMs(pid), performance.now()]
  await sleep(seconds * 1000)
  const cpu = ((cpuMs(pid) - cpuBefore) * 1000) / (performance.now() - before)
  await feeding
  const ended = once(child, 'exit')
  child.stdin?.end()
  await ended
  return { cpu }
}

async function feed(child: ChildProcess, file: string, seconds: number): Promise<void> {
  const tags: FlvTag[] = []
  new FlvDecoder((tag) => {
    if (tag.typeId === TagType.video) tags.push(tag)
  }).push(readFileSync(file))
  child.stdin?.write(writeFlvHeader({ audio: false, video: true }))
  const start = performance.now()
  for (const tag of tags.filter(({ timestamp }) => timestamp < seconds * 1000)) {
    const waitMs = start + tag.timestamp - performance.now()
    if (waitMs > 2) await sleep(waitMs)
    // Near zero FFmpeg moves what comes first.
    child.stdin?.write(writeFlvTag({ ...tag, timestamp: tag.timestamp + 10_000 }))
  }
}
