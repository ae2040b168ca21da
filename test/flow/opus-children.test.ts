import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { silentLog } from '../../src/base/log.ts'
import { fragment } from '../../src/formats/isobmff/fragment.ts'
import { initSegment } from '../../src/formats/isobmff/init-segment.ts'
import { ChildThreads } from '../../src/transcode/child/child-threads.ts'
import { opusArguments } from '../../src/transcode/sound/opus-arguments.ts'
import { OpusSound } from '../../src/transcode/sound/opus-sound.ts'
import { type Told, toldBy } from '../light/rung-frames.ts'
import { until } from '../light/server-process.ts'
import { SoundPackets } from '../light/sound-packets.ts'

const run = promisify(execFile)
/** Children give way to everything else that a machine does. */
const LONG_MS = 90_000
const SECONDS = 6
const PACKET = 960
const PRE_SKIP = 312

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamhost-opus-'))
})
after(() => rm(directory, { recursive: true, force: true }))

/** A tone that rises all the time, so that no two moments are alike, as an encoder sends it. */
async function source(rate: number): Promise<{ readonly file: string; readonly told: Told[]; readonly start: number }> {
  const file = join(directory, `${rate}.flv`)
  const tone = `aevalsrc=0.3*sin(2*PI*(200+100*t)*t):s=${rate}:d=${SECONDS}`
  await run('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', tone, '-ac', '2', '-c:a', 'aac', file])
  const told = toldBy(file)
  const first = told.find((each) => 'packet' in each)
  return { file, told, start: first === undefined ? 0 : first.packet.dts / rate }
}

class Bench implements AsyncDisposable {
  readonly threads = new ChildThreads(silentLog)
  readonly sink = new SoundPackets()
  readonly said: string[] = []
  readonly sound: OpusSound

  constructor(program = 'ffmpeg') {
    this.sound = new OpusSound({
      sink: this.sink,
      launch: (skip, events) => this.threads.start({ program, args: opusArguments(skip), outputs: ['ogg'] }, events),
      isReady: () => true,
      missing: () => this.said.push('missing'),
      ended: () => {},
      log: { ...silentLog, warn: (fields, message) => this.said.push(`${message} ${JSON.stringify(fields)}`) },
    })
  }

  /** As fast as it goes. */
  tell(told: readonly Told[]): void {
    for (const each of told) {
      if ('track' in each) this.sound.track(each.track)
      else this.sound.packet(each.packet)
    }
  }

  get times(): number[] {
    return this.sink.packets.map(({ dts }) => dts)
  }

  /** Until there is so much. A child keeps the last moment. */
  async made(seconds: number): Promise<void> {
    const isThere = (): boolean => this.sink.packets.length * PACKET >= (seconds - 0.2) * 48_000
    await until(isThere, LONG_MS, 'packets are missing').catch((error: Error) => {
      throw new Error(`${error.message}: ${this.sink.packets.length} ${this.said.join('\n')}`)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sound.end()
    await this.threads.stop()
  }
}

/** What is heard, one channel at 48 kHz. */
async function heard(file: string): Promise<Float32Array> {
  const args = ['-v', 'error', '-i', file, '-f', 'f32le', '-ac', '1', '-ar', '48000', 'pipe:1']
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 64 << 20 })
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength))
}

/** The largest share of what is heard in a tenth of a second that differs, of the power. */
function difference(a: Float32Array, b: Float32Array): number {
  const window = 4800
  let most = 0
  for (let from = 0; from + window <= Math.min(a.length, b.length); from += window) {
    let [power, apart] = [0, 0]
    for (let i = from; i < from + window; i++) {
      power += (a[i] ?? 0) ** 2
      apart += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2
    }
    most = Math.max(most, apart / power)
  }
  return most
}

const steps = (times: readonly number[]): number[] => [
  ...new Set(times.slice(1).map((time, index) => time - (times[index] ?? 0))),
]

/** What the children made, as a file. */
async function asFile({ sink }: Bench, name: string): Promise<string> {
  const [track] = sink.tracks
  const samples = sink.packets.map(({ data }) => ({
    ...{ duration: PACKET, compositionTimeOffset: 0, isSync: true, data },
  }))
  const file = join(directory, name)
  await writeFile(
    file,
    Buffer.concat([initSegment(track ?? assert.fail('no track')), fragment(1, sink.packets[0]?.dts ?? 0, samples)]),
  )
  return file
}

// Most of it is waiting: a broadcast takes as long as it takes.
suite('children that make Opus', { concurrency: true }, () => {
  for (const rate of [48_000, 44_100]) {
    test(`what is heard at a time is what was heard at that time, at ${rate} Hz, also when a child was killed`, async () => {
      const { file, told, start } = await source(rate)
      await using bench = new Bench()
      const third = Math.floor(told.length / 3)
      for (const [index, from] of [0, third, 2 * third].entries()) {
        bench.tell(told.slice(from, index === 2 ? undefined : from + third))
        await bench.made(((index + 1) * SECONDS) / 3)
        const [pid = assert.fail('there is no child')] = bench.sound.figures.pids
        if (index < 2) process.kill(pid, 'SIGKILL')
        await until(() => bench.sound.figures.restarts > index || index === 2, LONG_MS, 'nobody notices')
      }
      assert.equal(bench.sound.figures.restarts, 2)
      assert.equal(bench.sink.tracks.length, 1, 'its configuration stays')
      const odd = steps(bench.times).filter((step) => Math.abs(step - PACKET) > 1)
      assert.deepEqual(odd, [], 'no packet is missing, and none comes twice')
      assert.ok(Math.abs((bench.times[0] ?? 0) - (start * 48_000 - PRE_SKIP)) <= 1)
      // FFmpeg leaves out what the encoder looked ahead: its first sample is the source's first.
      const [ours, theirs] = [await heard(await asFile(bench, `${rate}.mp4`)), await heard(file)]
      const differs = difference(theirs, ours)
      assert.ok(differs < 0.01, `a share of ${differs}`)
    })
  }

  test('a hole in the source is one in Opus, and no child is changed for it', async () => {
    const { told } = await source(32_000)
    await using bench = new Bench()
    let packets = 0
    const holed = told.map((each) =>
      'packet' in each && ++packets > 100 ? { packet: { ...each.packet, dts: each.packet.dts + 16_000 } } : each,
    )
    bench.tell(holed)
    await bench.made(SECONDS)
    assert.equal(bench.sound.figures.restarts, 0)
    assert.deepEqual(
      steps(bench.times).sort((a, b) => a - b),
      [PACKET, PACKET + 24_000],
    )
  })

  test('what comes from another encoder has a time of its own, and nothing of the one before comes behind it', async () => {
    const { told, start } = await source(22_050)
    await using bench = new Bench()
    bench.tell(told)
    await bench.made(SECONDS / 2)
    bench.sound.discontinuity()
    const before = bench.sink.packets.length
    const later = told.map((each) =>
      'packet' in each ? { packet: { ...each.packet, dts: each.packet.dts + 22_050 * 20 } } : each,
    )
    bench.tell(later)
    await until(() => bench.sink.packets.length > before + 10, LONG_MS, 'nothing more comes')
    assert.ok(Math.abs((bench.times[before] ?? 0) - ((start + 20) * 48_000 - PRE_SKIP)) <= 1)
    assert.deepEqual(
      bench.times,
      bench.times.toSorted((a, b) => a - b),
    )
  })

  test('children that end again and again are not tried for ever', async () => {
    const { told } = await source(16_000)
    await using bench = new Bench('false')
    bench.tell(told.slice(0, 10))
    await until(() => bench.sink.pauses > 0, LONG_MS, 'it is tried again and again')
    assert.equal(bench.sound.figures.restarts, 4)
    assert.deepEqual(bench.sound.figures.pids, [])
  })

  test('without FFmpeg that is said once', async () => {
    const { told } = await source(24_000)
    await using bench = new Bench('/nowhere/ffmpeg')
    bench.tell(told.slice(0, 3))
    await until(() => bench.said.length > 0, LONG_MS, 'nobody says it')
    assert.deepEqual(bench.said[0], 'missing')
  })
})
