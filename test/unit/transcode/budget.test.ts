import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { idleIn, pressureBetween, waitedIn } from '../../../src/transcode/box/box-pressure.ts'
import { budgetOf, fitting } from '../../../src/transcode/box/budget.ts'
import { costOf } from '../../../src/transcode/box/cost.ts'
import { ladderSteps } from '../../../src/transcode/box/ladder-steps.ts'
import { MeasuredCost } from '../../../src/transcode/box/measured-cost.ts'
import { secondsIn } from '../../../src/transcode/box/process-time.ts'
import { quota } from '../../../src/transcode/box/processors.ts'

const source = { width: 1280, height: 720, framesPerSecond: 30 }
const pictures = [
  { width: 854, height: 480, framesPerSecond: 30 },
  { width: 640, height: 360, framesPerSecond: 30 },
]

test('the model says what was measured of 480p and 360p out of 720p, for each preset', () => {
  for (const [by, measured] of [
    ['ultrafast', 0.29],
    ['superfast', 0.38],
    ['veryfast', 0.46],
    ['faster', 0.65],
  ] as const) {
    assert.ok(Math.abs(costOf({ source, pictures, by }) - measured) < 0.02, by)
  }
})

test('two processors carry four broadcasts of that ladder, one carries one, half of one carries one that must shrink', () => {
  const cost = costOf({ source, pictures, by: 'superfast', sounds: ['aac'] })
  assert.equal(fitting(budgetOf(2), cost), 4)
  assert.equal(fitting(budgetOf(1), cost), 1)
  assert.equal(fitting(budgetOf(0.5), cost), 1)
})

test('what a busy server uses isn’t given to children', () => {
  assert.equal(budgetOf(4, 0.1), 4 - 4 * 0.15)
  assert.equal(budgetOf(4, 1.5), 4 - 1.9)
  assert.equal(budgetOf(1, 2), 0)
})

test('every step of a ladder is cheaper than the one before, the last costs nothing', () => {
  const steps = ladderSteps({ source, pictures, by: 'superfast', sounds: ['aac'] })
  assert.deepEqual(
    steps.map(({ rungs, halfRate }) => [rungs, halfRate]),
    [
      [2, false],
      [1, false],
      [1, true],
      [0, false],
    ],
  )
  for (const [at, { cost }] of steps.entries()) assert.ok(at === 0 || cost < (steps[at - 1]?.cost ?? 0))
  assert.equal(steps.at(-1)?.cost, 0)
})

test('a picture of few frames isn’t halved', () => {
  const few = pictures.map((picture) => ({ ...picture, framesPerSecond: 20 }))
  assert.deepEqual(
    ladderSteps({ source, pictures: few, by: 'superfast' }).map(({ halfRate }) => halfRate),
    [false, false, false],
  )
})

test('what children are seen to use corrects the model, each encoder for itself', () => {
  const costs = new MeasuredCost()
  assert.equal(costs.correct('libx264', 0.4), 0.4)
  costs.note('libx264', 10, 20)
  assert.equal(costs.correct('libx264', 0.4), 0.8)
  assert.equal(costs.correct('h264_vaapi', 0.4), 0.4)
  for (let minute = 0; minute < 10; minute++) costs.note('libx264', 60, 60)
  assert.ok(Math.abs(costs.correct('libx264', 0.4) - 0.4) < 0.01)
})

test('what can’t be is not believed: too short a time, a child that idled or a figure from nowhere', () => {
  const costs = new MeasuredCost()
  costs.note('libx264', 0.5, 5)
  costs.note('libx264', 10, Number.NaN)
  assert.equal(costs.correct('libx264', 1), 1)
  costs.note('libx264', 10, 0)
  assert.equal(costs.correct('libx264', 1), 0.2)
  costs.note('h264_nvenc', 10, 1e9)
  assert.equal(costs.correct('h264_nvenc', 1), 5)
})

const QUOTAS: readonly { what: string; files: Record<string, string>; found: number | undefined }[] = [
  { what: 'no control group', files: {}, found: undefined },
  {
    ...{ what: 'a container of cgroup v2', found: 1.5 },
    files: { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '150000 100000\n' },
  },
  {
    ...{ what: 'a container of cgroup v2 without a quota', found: undefined },
    files: { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' },
  },
  {
    ...{ what: 'a service of systemd, where the tightest of its groups counts', found: 0.5 },
    files: {
      'proc/self/cgroup': '0::/system.slice/streamhost.service\n',
      'sys/fs/cgroup/system.slice/cpu.max': '50000 100000\n',
      'sys/fs/cgroup/system.slice/streamhost.service/cpu.max': '200000 100000\n',
    },
  },
  {
    ...{ what: 'a container of cgroup v1, which has the host’s names', found: 2 },
    files: {
      'proc/self/cgroup': '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '200000\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    },
  },
  {
    ...{ what: 'cgroup v1 without a quota', found: undefined },
    files: {
      'proc/self/cgroup': '1:cpu:/\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
  },
]

for (const { what, files, found } of QUOTAS) {
  test(`the quota of ${what}`, async () => {
    const root = await mkdtemp(join(tmpdir(), 'streamhost-cgroup-'))
    try {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(root, name)), { recursive: true })
        await writeFile(join(root, name), content)
      }
      assert.equal(await quota(root), found)
    } finally {
      await rm(root, { recursive: true })
    }
  })
}

test('a process’s time is read whatever its name is', () => {
  const numbers = Array.from({ length: 49 }, (_, at) => String(at + 4)).join(' ')
  assert.equal(secondsIn(`10643 (a) b (c) R ${numbers}`), (14 + 15) / 100)
  assert.equal(secondsIn('nonsense'), undefined)
})

test('pressure is the share of the time that the server waited for a processor', () => {
  const before = {
    atMs: 1000,
    waitedMs: waitedIn('5441623 13000000 8'),
    idleSeconds: idleIn('cpu  1 2 3 400 100 0 0\ncpu0 1'),
  }
  const now = { atMs: 2000, waitedMs: waitedIn('9441623 263000000 9'), idleSeconds: idleIn('cpu  1 2 3 450 110 0 0\n') }
  const { waiting, idle } = pressureBetween(before, now, 0.9)
  assert.equal(waiting, 0.25)
  assert.ok(Math.abs((idle ?? 0) - 0.6) < 1e-9)
})

test('where the system doesn’t tell, the lateness of the loop stands for it', () => {
  const mark = { waitedMs: undefined, idleSeconds: undefined }
  assert.deepEqual(pressureBetween({ atMs: 0, ...mark }, { atMs: 1000, ...mark }, 0.4), {
    waiting: 0.4,
    idle: undefined,
  })
})
