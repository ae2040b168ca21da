import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { silentLog } from '../../src/base/log.ts'
import { FlvDecoder, type FlvTag, TagType, writeFlvHeader, writeFlvTag } from '../../src/formats/flv/flv-file.ts'
import { X264 } from '../../src/transcode/box/encoders.ts'
import { ChildThreads } from '../../src/transcode/child/child-threads.ts'
import type { ChildJob } from '../../src/transcode/child/protocol.ts'
import { ffmpegArguments } from '../../src/transcode/ffmpeg-arguments.ts'
import { LADDERS } from '../../src/transcode/ladder.ts'
import { planLadder } from '../../src/transcode/plan.ts'
import { opusArguments } from '../../src/transcode/sound/opus-arguments.ts'
import { until } from '../light/server-process.ts'

// A slide, a dark stage, a microphone that is off: FFmpeg must not wait for a second's worth of bytes before it begins.

const run = promisify(execFile)
/** Children give way to everything else that a machine does. */
const LONG_MS = 90_000
const FED_MS = 600
const SIZE = { width: 1280, height: 720 } as const

let directory: string
let tags: readonly FlvTag[]
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamhost-still-'))
  const file = join(directory, 'still.flv')
  const picture = ['-f', 'lavfi', '-i', `color=black:size=${SIZE.width}x${SIZE.height}:rate=30`]
  const sound = ['-f', 'lavfi', '-i', 'anullsrc=r=48000:cl=stereo']
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '60', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
  await run('ffmpeg', ['-v', 'error', '-y', ...picture, ...sound, '-t', '2', ...codecs, file])
  const read: FlvTag[] = []
  new FlvDecoder((tag) => read.push(tag)).push(await readFile(file))
  tags = read
})
after(() => rm(directory, { recursive: true, force: true }))

/** Feeds little of it and nothing more. @returns when each output has made so many frames of it */
async function begins(job: ChildJob, typeId: number, frames: number): Promise<void> {
  const threads = new ChildThreads(silentLog)
  const made = job.outputs.map(() => 0)
  const child = threads.start(job, {
    made: (all) => {
      for (const each of all) if (!('config' in each)) made[each.output] = (made[each.output] ?? 0) + 1
    },
    gone: () => {},
  })
  const bytes = tags
    .filter((tag) => tag.typeId === typeId && tag.timestamp < FED_MS)
    .map((tag) => writeFlvTag({ ...tag, timestamp: tag.timestamp + 10_000 }))
  const header = writeFlvHeader({ audio: typeId === TagType.audio, video: typeId === TagType.video })
  child.feed(new Uint8Array(Buffer.concat([header, ...bytes])))
  try {
    await until(() => made.every((count) => count >= frames), LONG_MS, `only ${made} frames`)
  } finally {
    await threads.stop()
  }
  assert.ok(bytes.reduce((sum, { byteLength }) => sum + byteLength, 0) < 20_000, 'it is little')
}

test('the rungs of a picture that stands still begin with its first frames', async () => {
  const ladder = LADDERS.get('480p')
  assert.ok(ladder)
  const { rungs } = planLadder(ladder, { ...SIZE, framesPerSecond: 30 })
  const args = ffmpegArguments({ rungs: rungs.map((rung) => ({ ...rung, startMs: undefined })), encoder: X264 })
  await begins({ program: 'ffmpeg', args, outputs: rungs.map(() => 'flv') }, TagType.video, 10)
})

test('the Opus version of silence begins with its first frames', async () => {
  await begins({ program: 'ffmpeg', args: opusArguments(0), outputs: ['ogg'] }, TagType.audio, 10)
})
