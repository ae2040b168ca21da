import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoxTurns } from '../../../src/transcode/box/box-turns.ts'
import { ladderSteps } from '../../../src/transcode/box/ladder-steps.ts'
import { SelfLimit } from '../../../src/transcode/box/self-limit.ts'
import { type Plan, type Ran, simulate } from './simulated-box.ts'

const picture = (height: number, framesPerSecond = 30) => {
  return { width: Math.round((height * 16) / 18) * 2, height, framesPerSecond }
}
const STEPS = ladderSteps({ source: picture(1080), pictures: [720, 480, 360].map((h) => picture(h)), by: 'superfast' })
const COSTS = STEPS.map(({ cost }) => cost)
const SOURCE_ONLY = COSTS.length - 1
const [FULL = 0, WITHOUT_720 = 0, ONLY_360 = 0] = COSTS

type Scenario = Plan & { readonly what: string; readonly so: (ran: Ran) => void }

const SCENARIOS: readonly Scenario[] = [
  {
    ...{ what: 'a box with room runs the whole ladder', costs: COSTS, seconds: 300, box: () => ({ capacity: 2 }) },
    so: ({ changes }) => assert.deepEqual(changes, []),
  },
  {
    ...{ what: 'a box that carries all but the top rung gives up that one', costs: COSTS, seconds: 25 },
    box: () => ({ capacity: (FULL + WITHOUT_720) / 2, idle: 0 }),
    so: ({ changes, worstMs }) => {
      assert.deepEqual(onlySteps(changes), [1])
      assert.ok(worstMs <= 2000, `${worstMs} ms`)
    },
  },
  {
    ...{ what: 'a box that collapses is answered in one go, by the pace it shows', costs: COSTS, seconds: 30 },
    box: (second) => ({ capacity: second < 10 ? 2 : ONLY_360 * 1.5, idle: 0 }),
    so: ({ changes, worstMs }) => {
      assert.deepEqual(onlySteps(changes), [2])
      assert.ok(worstMs <= 2000, `${worstMs} ms`)
    },
  },
  {
    ...{ what: 'a box that carries next to nothing goes on with the source alone', costs: COSTS, seconds: 30 },
    box: (second) => ({ capacity: second < 10 ? 2 : 0.02, idle: 0 }),
    so: ({ changes, worstMs }) => {
      assert.deepEqual(onlySteps(changes), [SOURCE_ONLY])
      assert.ok(worstMs <= 2000, `${worstMs} ms`)
    },
  },
  {
    ...{ what: 'when it gets worse within ten seconds, the source alone goes on at once', costs: COSTS, seconds: 40 },
    box: (second) => ({ capacity: second < 10 ? 2 : second < 15 ? ONLY_360 * 1.5 : 0.02, idle: 0 }),
    so: ({ changes }) => {
      assert.deepEqual(onlySteps(changes), [2, SOURCE_ONLY])
      assert.ok((changes[1]?.second ?? 99) - (changes[0]?.second ?? 0) < 10)
    },
  },
  {
    ...{ what: 'one second without a processor is nothing', costs: COSTS, seconds: 60 },
    box: (second) => ({ capacity: second === 20 ? 0.1 : 2 }),
    so: ({ changes }) => assert.deepEqual(changes, []),
  },
  {
    ...{ what: 'a source that comes in bursts isn’t a box that is slow', costs: COSTS, seconds: 120 },
    box: (second) => ({ capacity: 2, arrives: second % 20 < 4 ? 0 : second % 20 === 4 ? 5 : 1 }),
    so: ({ changes }) => assert.deepEqual(changes, []),
  },
  {
    ...{ what: 'when there is room again the rungs come back one at a time', costs: COSTS, seconds: 240 },
    box: (second) => ({ capacity: second >= 10 && second < 60 ? ONLY_360 * 1.5 : 2 }),
    so: ({ changes }) => {
      // The first one back while it was still tight failed; from then on it waits twice as long.
      assert.equal(changes.at(-1)?.step, 0)
      const returns = changes.filter(({ why, second }) => why === 'room' && second > 60)
      assert.ok(returns.every(({ step, was }) => step === was - 1))
      assert.ok(returns.length >= 2)
    },
  },
  {
    ...{
      what: 'on a box that is always a little short it doesn’t flap: ever longer it waits',
      costs: COSTS,
      seconds: 3600,
    },
    box: () => ({ capacity: (FULL + WITHOUT_720) / 2 }),
    so: ({ changes, worstMs }) => {
      const tried = changes.filter(({ why }) => why === 'room').map(({ second }) => second)
      assert.ok(tried.length <= 10, `${tried.length} tries in an hour`)
      assert.ok(tried.length >= 4, 'it goes on trying')
      assert.ok(worstMs <= 2000, `${worstMs} ms`)
    },
  },
  {
    ...{ what: 'where no processor is free it takes four times as long to try', costs: COSTS, seconds: 125 },
    box: (second) => ({ capacity: second >= 10 && second < 15 ? WITHOUT_720 * 1.2 : 2, idle: 0 }),
    so: ({ changes }) => assert.deepEqual(onlySteps(changes), [1]),
  },
  {
    ...{ what: 'when the server has to wait for a processor the ladder gives way, though it keeps up', costs: COSTS },
    ...{ seconds: 30, box: (second) => ({ capacity: 2, pressure: second < 5 || second > 9 ? 0.02 : 0.6 }) },
    so: ({ changes }) => {
      assert.deepEqual(onlySteps(changes), [1])
      assert.equal(changes[0]?.why, 'pressure')
    },
  },
  {
    ...{ what: 'a source of one rung still has half of its frames to give up', costs: COSTS.slice(-3), seconds: 40 },
    box: () => ({ capacity: ONLY_360 * 0.95, idle: 0 }),
    so: ({ changes }) => assert.deepEqual(onlySteps(changes), [1]),
  },
]

for (const { what, so, ...plan } of SCENARIOS) {
  test(what, () => {
    const [ran] = simulate(plan)
    assert.ok(ran)
    tenSecondsApart(ran)
    so(ran)
  })
}

test('four broadcasts on a box that carries half of it all keep something, and none is late by a segment', () => {
  const all = simulate({ costs: COSTS, broadcasts: 4, seconds: 60, box: () => ({ capacity: FULL * 2, idle: 0 }) })
  for (const ran of all) {
    tenSecondsApart(ran)
    assert.ok(ran.worstMs <= 2000, `${ran.worstMs} ms`)
    assert.ok((ran.steps.at(-1) ?? 0) < SOURCE_ONLY)
  }
})

test('four broadcasts under pressure give way one after the other', () => {
  const pressure = (second: number) => (second > 5 && second < 12 ? 0.6 : 0.02)
  const all = simulate({
    costs: COSTS,
    broadcasts: 4,
    seconds: 20,
    box: (s) => ({ capacity: 4, pressure: pressure(s) }),
  })
  const shed = all.flatMap(({ changes }) => changes.map(({ second }) => second)).sort((one, two) => one - two)
  assert.ok(shed.length >= 1 && shed.length <= 2, shed.join(', '))
})

test('a child that was replaced for another reason has time to make up for it', () => {
  const limit = new SelfLimit({ costs: COSTS, segmentMs: 1000, turns: new BoxTurns() })
  const look = { pressure: 0, idle: undefined }
  assert.equal(limit.look({ ...look, atMs: 1000, lagMs: 40, pace: 1 }), undefined)
  limit.settle(1500)
  assert.equal(limit.look({ ...look, atMs: 2000, lagMs: 1200, pace: 0 }), undefined)
  assert.equal(limit.look({ ...look, atMs: 3000, lagMs: 700, pace: 1.5 }), undefined)
  assert.equal(limit.step, 0)
})

test('the child of a step that was taken back begins a group of pictures behind, and may make up for it', () => {
  const limit = new SelfLimit({ costs: COSTS, segmentMs: 2000, turns: new BoxTurns(), step: 1 })
  let atMs = 0
  const look = (lagMs: number, pace: number) => {
    atMs += 1000
    return limit.look({ atMs, lagMs, pace, pressure: 0, idle: 2 })
  }
  while (limit.step === 1 && atMs < 60_000) look(40, 1)
  assert.equal(limit.step, 0)
  assert.equal(look(2733, 0), undefined)
  assert.equal(look(1200, 2.5), undefined)
  assert.equal(look(40, 2.2), undefined)
  assert.equal(limit.step, 0)
})

function onlySteps(changes: Ran['changes']): number[] {
  return changes.map(({ step }) => step)
}

/** But for what may come at once: the source alone, and a step that was taken back too early. */
function tenSecondsApart({ changes }: Ran): void {
  for (const [at, { second, step }] of changes.entries()) {
    const before = changes[at - 1]
    if (before === undefined || before.why === 'room' || step === SOURCE_ONLY) continue
    assert.ok(second - before.second >= 10, `at ${second} s`)
  }
}
