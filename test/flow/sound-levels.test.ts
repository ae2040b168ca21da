import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { TagType } from '../../src/formats/flv/flv-file.ts'
import { MediaInput } from '../../src/ingest/rtmp/media-input.ts'
import { measureSounds } from '../../src/ingest/sound/measure-sound.ts'
import { SoundTap } from '../../src/ingest/sound/sound-tap.ts'
import { readFlvFile } from '../light/rtmp-publisher.ts'

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamhost-sounds-'))
})
after(() => rm(directory, { recursive: true, force: true }))

/** A second of a tone that has so many decibels less than full scale, as the tap takes it from a broadcast. */
async function tone(decibels: number, rate: number): Promise<Uint8Array> {
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
  let flv: Promise<Uint8Array | undefined> | undefined
  for (const { typeId, timestamp, body } of readFlvFile(file)) {
    if (typeId === TagType.audio) input.audio(timestamp, body)
    else if (typeId !== TagType.video) input.metadata(body)
    if (tap.hasSound) flv ??= tap.take(AbortSignal.timeout(60_000))
  }
  const taken = await flv
  assert.ok(taken)
  return taken
}

test('one FFmpeg measures the sound of many, each for itself', async () => {
  const levels = [-40, -20, -6]
  const flvs = await Promise.all(levels.map((level, index) => tone(level, index === 1 ? 44_100 : 48_000)))
  // As many as are ever measured together.
  const many = Array.from({ length: 32 }, (_, index) => index % levels.length)
  const measured = await measureSounds(
    'ffmpeg',
    many.flatMap((of) => flvs[of] ?? []),
  )
  assert.equal(measured.length, many.length)
  for (const [index, of] of many.entries()) {
    // A sine's mean is 3 dB below its peak.
    const mean = (measured[index]?.meanDb ?? Number.NaN) + 3
    assert.ok(Math.abs(mean - (levels[of] ?? 0)) < 3, `${mean} dB instead of ${levels[of]}`)
  }
})

test('what is no sound has no level', async () => {
  assert.deepEqual(await measureSounds('ffmpeg', [Buffer.from('FLV'), Buffer.alloc(0)]), [undefined, undefined])
})
