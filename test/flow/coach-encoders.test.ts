import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { encoderFigures } from '../../src/app/ingest-figures.ts'
import { TagType } from '../../src/formats/flv/flv-file.ts'
import { MediaInput } from '../../src/ingest/rtmp/media-input.ts'
import { measureSound } from '../../src/ingest/sound/measure-sound.ts'
import { type SoundPiece, SoundTap } from '../../src/ingest/sound/sound-tap.ts'
import type { IngestFigures } from '../../src/insight/ingest/ingest-monitor.ts'
import { IngestMonitor } from '../../src/insight/ingest/ingest-monitor.ts'
import { readFlvFile } from '../light/rtmp-publisher.ts'

// What real encoders make, on a clock that runs as fast as the machine: the coach sees seconds, nobody waits for them.

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamhost-coach-'))
})
after(() => rm(directory, { recursive: true, force: true }))

const PICTURE = 'testsrc2=size=160x90:rate=30'
const TONE = 'sine=frequency=440:sample_rate=48000'
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']
const STEADY = [...X264, '-g', '60', '-keyint_min', '60', '-sc_threshold', '0', '-bf', '0']
const AAC = ['-c:a', 'aac', '-b:a', '96k', '-ac', '2']

type Encoding = {
  readonly picture?: string
  readonly tone?: string
  readonly args: readonly string[]
  readonly seconds: number
}

/** Encodes, and lets it go by the monitor as if it came in time. Answers what is said at the end. */
async function watched({ picture = PICTURE, tone = TONE, args, seconds }: Encoding): Promise<IngestFigures> {
  const file = join(directory, 'encoded.flv')
  const inputs = [picture, tone].filter((input) => input !== '').flatMap((input) => ['-f', 'lavfi', '-i', input])
  await promisify(execFile)('ffmpeg', [
    '-v',
    'error',
    '-y',
    ...inputs,
    '-t',
    String(seconds),
    ...args,
    '-f',
    'flv',
    file,
  ])
  const tap = new SoundTap()
  const input = new MediaInput(
    { startTime: 10, track: (track) => tap.track(track), write: (packet) => tap.packet(packet), end: () => {} },
    () => {},
  )
  const monitor = new IngestMonitor({
    source: () => [
      {
        ...{ slug: 'main', broadcastId: 'b', startedAtMs: 0, state: 'live', isResumed: false },
        encoder: encoderFigures({ id: 1, media: input.describe() }),
      },
    ],
    viewers: () => 0,
  })
  let second = 1
  let sound: Promise<SoundPiece | undefined> | undefined
  for (const { typeId, timestamp, body } of readFlvFile(file)) {
    for (; timestamp > second * 1000; second++) {
      monitor.tick(second * 1000, second * 1000)
      if (second % 4 === 0) sound = tap.take(AbortSignal.timeout(60_000))
      const piece = second % 4 === 3 ? await sound : undefined
      const level = piece && (await measureSound('ffmpeg', piece))
      if (level) monitor.sound('main', level.peakDb, level.meanDb)
    }
    if (typeId === TagType.video) input.video(timestamp, body)
    else if (typeId === TagType.audio) input.audio(timestamp, body)
    else input.metadata(body)
  }
  return monitor.report('main')
}

const kindsOf = ({ advice }: IngestFigures): string[] => advice.map(({ kind }) => kind)

test('a steady encoder hears nothing', async () => {
  const report = await watched({ args: [...STEADY, ...AAC], seconds: 20 })
  assert.deepEqual(report.advice, [])
  assert.deepEqual([report.verdict, report.video?.keyFrameSeconds, report.video?.bFrames], ['healthy', 2, false])
  assert.equal(report.droppedFrames, 0)
  const { audioPeakDb } = report.samples.findLast((sample) => sample.audioPeakDb !== null) ?? {}
  assert.ok(audioPeakDb && audioPeakDb < -15 && audioPeakDb > -25, `${audioPeakDb}`)
})

test('a key frame every 250 pictures and B-frames, as encoders come', async () => {
  const args = [...X264, '-g', '250', '-bf', '2', '-profile:v', 'high', '-sc_threshold', '0', ...AAC]
  const report = await watched({ args, seconds: 30 })
  assert.deepEqual(kindsOf(report), ['key-frames-too-far', 'b-frames'])
  assert.deepEqual(
    report.advice.map(({ found }) => found),
    ['8.3', '2'],
  )
})

test('silence, and no sound at all', async () => {
  const silent = await watched({ tone: 'anullsrc=sample_rate=48000', args: [...STEADY, ...AAC], seconds: 22 })
  assert.deepEqual([kindsOf(silent), silent.advice[0]?.found], [['no-sound'], 'silent'])
  const none = await watched({ tone: '', args: STEADY, seconds: 15 })
  assert.deepEqual([kindsOf(none), none.advice[0]?.found], [['no-sound'], 'none'])
})

test('clipped sound, and sound that nobody hears', async () => {
  // Cut off in whole numbers, as mixers do; in floating point nothing would be.
  const clipped = await watched({
    tone: `${TONE},volume=40dB,aformat=sample_fmts=s16`,
    args: [...STEADY, ...AAC],
    seconds: 20,
  })
  assert.deepEqual(kindsOf(clipped), ['sound-clipped'])
  const quiet = await watched({ tone: `${TONE},volume=-30dB`, args: [...STEADY, ...AAC], seconds: 20 })
  assert.deepEqual(kindsOf(quiet), ['sound-quiet'])
})

test('sound without a picture', async () => {
  const report = await watched({ picture: '', args: AAC, seconds: 15 })
  assert.deepEqual(kindsOf(report), ['no-picture'])
})

test('a profile that browsers cannot show', async () => {
  const args = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv422p', '-profile:v', 'high422', '-g', '60']
  const report = await watched({ args: [...args, '-bf', '0', ...AAC], seconds: 8 })
  assert.deepEqual([kindsOf(report), report.advice[0]?.found], [['codec-unusual'], 'High 4:2:2'])
})

test('pictures that the encoder leaves out are counted', async () => {
  const picture = `${PICTURE},select='gt(mod(n\\,10)\\,2)'`
  const report = await watched({ picture, args: ['-fps_mode', 'vfr', ...STEADY, ...AAC], seconds: 20 })
  assert.deepEqual(kindsOf(report).slice(0, 1), ['frames-dropped'])
  assert.ok(Math.abs(Number(report.advice[0]?.found) - 30) < 4, String(report.advice[0]?.found))
})
