import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ptsOf, type Told, tell, toldBy, videoOf } from '../light/rung-frames.ts'
import { until } from '../light/server-process.ts'
import { SpliceBench, tinyRung } from '../light/splice-bench.ts'

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamhost-splice-'))
})
after(() => rm(directory, { recursive: true, force: true }))

type Source = { readonly rate?: number; readonly group: number; readonly bFrames?: number; readonly seconds: number }

/** An encoder's broadcast. */
async function source({ rate = 30, group, bFrames = 0, seconds }: Source): Promise<Told[]> {
  const file = join(directory, `${rate}-${group}-${bFrames}-${seconds}.flv`)
  await promisify(execFile)(
    'ffmpeg',
    [
      `-v error -y -f lavfi -i testsrc2=size=256x144:rate=${rate}:duration=${seconds} -c:v libx264 -preset veryfast`,
      `-threads 1 -b:v 200k -bf ${bFrames} -g ${group} -keyint_min ${group} -sc_threshold 0 -pix_fmt yuv420p ${file}`,
    ]
      .join(' ')
      .split(' '),
  )
  return toldBy(file)
}

/** Children give way to everything else that a machine does. */
const LONG_MS = 90_000

const RUNGS = [tinyRung('high', 96), tinyRung('low', 64)]

/** Presentation times in their order, and those of key frames. */
const timesOf = (told: readonly Told[]) => {
  const video = videoOf(told)
  const sorted = (packets: typeof video): number[] => packets.map(ptsOf).sort((a, b) => a - b)
  return { all: sorted(video), keys: sorted(video.filter(({ isSync }) => isSync)) }
}

/** Until all frames are there. */
async function complete(bench: SpliceBench, count: number): Promise<void> {
  const isThere = (): boolean => RUNGS.every(({ name }) => bench.sink.of(name).length >= count)
  await until(isThere, LONG_MS, 'frames are missing').catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(bench.splicer.figures)} ${bench.said.join('\n')}`)
  })
}

const SOURCES: Readonly<Record<string, Source>> = {
  '30 a second, a key frame every 2 s': { group: 60, seconds: 5 },
  '30 a second, a key frame every 8.3 s, B-frames': { group: 250, bFrames: 2, seconds: 10 },
  '25 a second, B-frames': { rate: 25, group: 50, bFrames: 3, seconds: 5 },
  '50 a second': { rate: 50, group: 100, seconds: 5 },
  '60 a second, B-frames': { rate: 60, group: 120, bFrames: 2, seconds: 5 },
}

// Most of it is waiting: a broadcast takes as long as it takes.
describe('children of FFmpeg', { concurrency: true }, () => {
  for (const [name, of] of Object.entries(SOURCES)) {
    test(`every frame of the source is a frame of each rung, at exactly its time, and its key frames are theirs: ${name}`, async () => {
      const told = await source(of)
      const { all, keys } = timesOf(told)
      await using bench = new SpliceBench()
      bench.splicer.run(RUNGS)
      await tell(told, bench.splicer, { speed: 2 })
      bench.splicer.discontinuity()
      await complete(bench, all.length)
      for (const rung of RUNGS) {
        assert.deepEqual(bench.sink.pts(rung.name), all)
        assert.deepEqual(bench.sink.keys(rung.name), keys)
        assert.equal(bench.sink.tracks.get(rung.name)?.length, 1)
      }
      assert.equal(bench.splicer.figures.strayed + bench.splicer.figures.doubled, 0)
    })
  }

  test('a child that is killed is replaced at the very frame: none is missing, none comes twice, the configuration stays', async () => {
    const told = await source({ group: 60, bFrames: 2, seconds: 10 })
    const { all, keys } = timesOf(told)
    await using bench = new SpliceBench()
    bench.splicer.run(RUNGS)
    const killAfter = [2.3, 5.05, 7.9].map((seconds) => (10 + seconds) * 90_000)
    const killOne = async (made: number): Promise<void> => {
      await until(() => bench.splicer.figures.framesOut > made, LONG_MS, 'the child makes nothing')
      const [pid] = bench.splicer.figures.pids
      assert.ok(pid !== undefined)
      process.kill(pid, 'SIGKILL')
    }
    let made = 0
    await tell(told, bench.splicer, {
      after: ({ dts }) => {
        if (killAfter[0] === undefined || dts < killAfter[0]) return undefined
        killAfter.shift()
        return killOne(made).then(() => {
          made = bench.splicer.figures.framesOut + 20
        })
      },
    })
    bench.splicer.discontinuity()
    await complete(bench, all.length)
    assert.ok(bench.splicer.figures.restarts >= 3)
    for (const { name } of RUNGS) {
      assert.deepEqual(bench.sink.pts(name), all)
      // A new encoder begins with a key frame of its own; all others are the source's.
      const own = bench.sink.keys(name).filter((pts) => !keys.includes(pts))
      assert.ok(own.length <= bench.splicer.figures.restarts, own.join(' '))
      for (const key of keys) assert.ok(bench.sink.keys(name).includes(key))
      assert.equal(bench.sink.tracks.get(name)?.length, 1)
    }
  })

  test('a child that stands still is replaced like one that died', async () => {
    const told = await source({ group: 60, seconds: 7 })
    const { all } = timesOf(told)
    await using bench = new SpliceBench()
    bench.splicer.run(RUNGS)
    let stopped = false
    await tell(told, bench.splicer, {
      after: ({ dts }) => {
        const [pid] = bench.splicer.figures.pids
        if (stopped || dts < 12.5 * 90_000 || pid === undefined) return
        stopped = true
        process.kill(pid, 'SIGSTOP')
      },
    })
    bench.splicer.discontinuity()
    await complete(bench, all.length)
    for (const { name } of RUNGS) assert.deepEqual(bench.sink.pts(name), all)
    assert.ok(bench.splicer.figures.hung >= 1)
  })

  test('rungs come and go at key frames of the source, without a hole in those that stay', async () => {
    const told = await source({ group: 30, seconds: 7 })
    const { all, keys } = timesOf(told)
    await using bench = new SpliceBench()
    bench.splicer.run(RUNGS)
    const changes = [
      { at: 12.5, rungs: RUNGS.slice(1) },
      { at: 14.5, rungs: RUNGS },
    ]
    await tell(told, bench.splicer, {
      after: ({ dts }) => {
        if (changes[0] === undefined || dts < changes[0].at * 90_000) return
        bench.splicer.run(changes.shift()?.rungs ?? [])
      },
    })
    bench.splicer.discontinuity()
    await until(() => bench.sink.of('low').length >= all.length, LONG_MS, 'frames are missing')
    await until(() => bench.sink.pts('high').at(-1) === all.at(-1), LONG_MS, 'the other rung does not come back')
    const second = (at: number): number => keys[at] ?? 0
    assert.deepEqual(bench.sink.pts('low'), all)
    assert.deepEqual(bench.sink.keys('low'), keys)
    assert.deepEqual(
      bench.sink.pts('high'),
      all.filter((pts) => pts < second(3) || pts >= second(5)),
    )
    assert.deepEqual(bench.sink.pauses, ['high'])
  })

  test('an encoder that comes back goes on in the same rungs, and another size of its picture fits in', async () => {
    const first = await source({ group: 30, seconds: 2 })
    const { all } = timesOf(first)
    const file = join(directory, 'square.flv')
    await promisify(execFile)(
      'ffmpeg',
      `-v error -y -f lavfi -i testsrc2=size=192x192:rate=30:duration=2 -c:v libx264 -g 30 -pix_fmt yuv420p ${file}`.split(
        ' ',
      ),
    )
    const second = toldBy(file, 13)
    await using bench = new SpliceBench()
    bench.splicer.run(RUNGS)
    await tell(first, bench.splicer)
    bench.splicer.discontinuity()
    await tell(second, bench.splicer)
    // And once more without any interruption.
    const third = toldBy(join(directory, '30-30-0-2.flv'), 16)
    await tell(third, bench.splicer)
    bench.splicer.discontinuity()
    const expected = [...all, ...timesOf(second).all, ...timesOf(third).all]
    await complete(bench, expected.length)
    for (const { name } of RUNGS) {
      assert.deepEqual(bench.sink.pts(name), expected)
      assert.equal(bench.sink.tracks.get(name)?.length, 1)
    }
  })

  test('of twice the frames every second one is taken, and every key frame', async () => {
    const told = await source({ rate: 60, group: 45, seconds: 3 })
    const { all, keys } = timesOf(told)
    await using bench = new SpliceBench()
    bench.splicer.run([tinyRung('half', 64, 30)])
    await tell(told, bench.splicer)
    bench.splicer.discontinuity()
    const expected = all.filter((_, index) => (index % 45) % 2 === 0)
    await until(() => bench.sink.of('half').length >= expected.length, LONG_MS, 'frames are missing')
    assert.deepEqual(bench.sink.pts('half'), expected)
    assert.deepEqual(bench.sink.keys('half'), keys)
  })

  test('where there is no FFmpeg it is said once', async () => {
    const told = await source({ group: 30, seconds: 2 })
    await using bench = new SpliceBench('/nowhere/ffmpeg')
    bench.splicer.run(RUNGS)
    await tell(told, bench.splicer, { speed: 4 })
    await until(() => bench.missing === 1, LONG_MS, 'nothing was said')
    assert.equal(bench.commands.length, 1)
  })
})
