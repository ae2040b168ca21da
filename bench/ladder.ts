import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FlvDecoder, type FlvTag, TagType, writeFlvHeader, writeFlvTag } from '../src/formats/flv/flv-file.ts'
import { X264 } from '../src/transcode/box/encoders.ts'
import { ffmpegArguments } from '../src/transcode/ffmpeg-arguments.ts'
import { LADDERS } from '../src/transcode/ladder.ts'
import { planLadder } from '../src/transcode/plan.ts'
import { encoded } from '../test/light/encoder.ts'
import { COMPILED } from '../test/light/server-process.ts'
import type { LadderLoad } from './load/ladder.ts'
import { spread } from './measure/figures.ts'
import type { Bench, Measure } from './measure/frame.ts'
import { cpuMs } from './measure/process-tree.ts'
import { compare, interleave, type Sample } from './measure/rounds.ts'

/** Until FFmpeg has begun: what it loads is not what a broadcast costs. */
const WARM_MS = 3000
const LADDER = '480p'
/** The decoder keeps the last ones until it is told that nothing follows: there may be B-frames. */
const HELD_FRAMES = 2

/**
 * What a ladder of 480p and 360p costs beside the bare FFmpeg command, fed the same frames at the same pace, and how much
 * later than the source its frames are. 720p30 in, 2.5 Mbit/s.
 */
export const measure: Measure = {
  name: 'ladder',
  about: '480p and 360p of 720p30, beside the bare FFmpeg command: processor time, added delay',
  minutes: 5,
  rounds: 5,
  seconds: 10,
  async run(bench: Bench) {
    const file = await encoded(bench.short ? 'gop2' : 'hd')
    const seconds = bench.short ? 1 : bench.seconds
    const warmMs = bench.short ? 500 : WARM_MS
    const late: number[] = []
    const rounds = await interleave(bench, [
      { name: 'ours', sample: () => ours({ file, ladder: LADDER, seconds: seconds + warmMs / 1000 }, warmMs, late) },
      { name: 'bare FFmpeg', sample: () => bare(file, seconds, warmMs) },
    ])
    const about = { name: 'processor time', unit: 'ms CPU per stream-second' }
    for (const figure of compare(rounds, 'cpu', about, { 'bare FFmpeg': { atMost: 1.05 } })) bench.tell(figure)
    if (late.length > 0) bench.tell({ name: 'added delay', unit: 'ms', ours: spread(late), atMost: 20 })
  },
}

async function ours(options: LadderLoad, warmMs: number, late: number[]): Promise<Sample> {
  const program = join(import.meta.dirname, 'load/ladder.ts')
  const args = ['--disable-warning=ExperimentalWarning', program, JSON.stringify(options)]
  const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const pid = child.pid ?? 0
  await next(child, 'begin')
  const done = next(child, 'done')
  await sleep(warmMs)
  const [cpuBefore, before] = [cpuMs(pid), performance.now()]
  await sleep(options.seconds * 1000 - warmMs)
  const cpu = ((cpuMs(pid) - cpuBefore) * 1000) / (performance.now() - before)
  const { lateMs, frames, made } = (await done) as {
    lateMs: number[]
    frames: number
    made: Readonly<Record<string, number>>
  }
  const ended = once(child, 'exit')
  child.send('end')
  await ended
  for (const [name, count] of Object.entries(made)) {
    if (count < frames - HELD_FRAMES) throw new Error(`${name} has ${count} of ${frames} frames`)
  }
  // The first ones waited for FFmpeg to begin.
  late.push(...lateMs.slice(lateMs.length >> 2))
  return { cpu }
}

/** The same arguments, its outputs into nothing. What feeds it is not counted. */
async function bare(file: string, seconds: number, warmMs: number): Promise<Sample> {
  const ladder = LADDERS.get(LADDER)
  if (ladder === undefined) throw new Error('no such ladder')
  const rungs = planLadder(ladder, { width: 1280, height: 720, framesPerSecond: 30 }).rungs
  const args = ffmpegArguments({ rungs: rungs.map((rung) => ({ ...rung, startMs: undefined })), encoder: X264 })
  const nothing = openSync('/dev/null', 'w')
  const child = spawn('ffmpeg', args, { stdio: ['pipe', 'ignore', 'ignore', ...rungs.map(() => nothing)] })
  const pid = child.pid ?? 0
  setPriority(pid, 10)
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

async function next(child: ChildProcess, kind: string): Promise<unknown> {
  for (;;) {
    const [message] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([status]) => {
        throw new Error(`the process of the ladder ended with ${status}`)
      }),
    ])
    if ((message as { kind?: string }).kind === kind) return message
  }
}
