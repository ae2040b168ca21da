import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { TagType } from '../../src/formats/flv/flv-file.ts'
import { MediaInput } from '../../src/ingest/rtmp/media-input.ts'
import { measureSounds, type SoundLevel } from '../../src/ingest/sound/measure-sound.ts'
import { type SoundPiece, SoundTap } from '../../src/ingest/sound/sound-tap.ts'
import { readFlvFile } from '../light/rtmp-publisher.ts'

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamhost-sounds-'))
})
after(() => rm(directory, { recursive: true, force: true }))

/** A second of a tone that has so many decibels less than full scale, as the tap takes it from a broadcast. */
async function tone(decibels: number, rate: number): Promise<SoundPiece> {
  const file = join(directory, `${decibels}.flv`)
  const source = `aevalsrc=${10 ** (decibels / 20)}*sin(880*PI*t):s=${rate}`
  await promisify(execFile)('ffmpeg', `-v error -y -f lavfi -i ${source} -t 2 -c:a aac -b:a 96k ${file}`.split(' '))
  const tap = new SoundTap()
  const output = {
    ...{ startTime: 0, end: () => {} },
    track: (track: Parameters<SoundTap['track']>[0]) => tap.track(track),
    write: (packet: Parameters<SoundTap['packet']>[0]) => tap.packet(packet),
  }
  const input = new MediaInput(output, () => {})
  let piece: Promise<SoundPiece | undefined> | undefined
  for (const { typeId, timestamp, body } of readFlvFile(file)) {
    if (typeId === TagType.audio) input.audio(timestamp, body)
    else if (typeId !== TagType.video) input.metadata(body)
    if (tap.hasSound) piece ??= tap.take(AbortSignal.timeout(60_000))
  }
  const taken = await piece
  assert.ok(taken)
  return taken
}

const tones = (): Promise<SoundPiece[]> =>
  Promise.all(LEVELS.map((level, index) => tone(level, index === 1 ? 44_100 : 48_000)))
const LEVELS = [-40, -20, -6]

/** Of a sine, whose mean is 3 dB below its peak. */
function isAbout(level: SoundLevel | undefined, decibels: number): void {
  const { peakDb = Number.NaN, meanDb = Number.NaN } = level ?? {}
  assert.ok(Math.abs(meanDb + 3 - decibels) < 1, `${meanDb + 3} dB instead of ${decibels}`)
  assert.ok(Math.abs(peakDb - decibels) < 2, `at most ${peakDb} dB instead of ${decibels}`)
}

test('one FFmpeg measures the sound of many, each for itself', async () => {
  const pieces = await tones()
  // As many as are ever measured together; loud ones beside faint ones.
  const many = Array.from({ length: 32 }, (_, index) => index % LEVELS.length)
  const measured = await measureSounds(
    'ffmpeg',
    many.flatMap((of) => pieces[of] ?? []),
  )
  assert.equal(measured.length, many.length)
  for (const [index, of] of many.entries()) isAbout(measured[index], LEVELS[of] ?? 0)
})

test('what is no sound has no level, and frames that are none spoil nothing beside them', async () => {
  const [faint, , loud] = await tones()
  assert.ok(faint && loud)
  const noise = {
    ...faint,
    frames: faint.frames.map((frame) => ({ ...frame, data: frame.data.map((_, at) => at * 7) })),
  }
  const nothing = { ...faint, frames: [] }
  const [first, , third, fourth] = await measureSounds('ffmpeg', [faint, noise, nothing, loud])
  isAbout(first, -40)
  assert.equal(third, undefined)
  isAbout(fourth, -6)
  const strange = { ...faint, audioSpecificConfig: Uint8Array.of(0xff, 0xff) }
  assert.deepEqual(await measureSounds('ffmpeg', [strange]), [undefined])
})

test('a piece with a gap in it stays within its own', async () => {
  const [faint, , loud] = await tones()
  assert.ok(faint && loud)
  const late = (at: number): number => (at > 10 ? 30 * loud.timescale : 0)
  const torn = { ...loud, frames: loud.frames.map((frame, at) => ({ ...frame, dts: frame.dts + late(at) })) }
  const [first, second] = await measureSounds('ffmpeg', [torn, faint])
  isAbout(first, -6)
  isAbout(second, -40)
})
