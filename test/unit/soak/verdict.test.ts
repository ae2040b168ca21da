import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Chance } from '../../soak/box/chance.ts'
import type { Sample } from '../../soak/box/sample.ts'
import { endsOf, slopeOf } from '../../soak/box/slopes.ts'
import { busyOf, judge } from '../../soak/box/verdict.ts'

const chance = new Chance(7)

/** An hour of looks every 5 s, as a box that is well would give them; `change` makes it ill. */
function hour(change: (minute: number, index: number) => Partial<Sample> = () => ({})): Sample[] {
  return Array.from({ length: 720 }, (_, i) => ({
    ...{ second: (i + 1) * 5, rss: 300 + chance.between(-15, 15), heap: 60, external: 40 },
    ...{
      descriptors: 700 + chance.below(12),
      threads: 12,
      eventLoopP99Ms: 8 + chance.below(6),
      cpuSeconds: i,
      waitedSeconds: i / 50,
      load: 2,
    },
    ...{ server: {}, faults: [], actors: { viewers: { parts: 100, missing: 0, stalls: 0, skewMs: 0.7, lagMs: 9 } } },
    ...change(((i + 1) * 5) / 60, i),
  }))
}

const brokenIn = (samples: readonly Sample[], after = 40): string[] =>
  judge({ samples, judgedFrom: 1860, before: 35, after })
    .filter(({ verdict }) => verdict === 'broken')
    .map(({ name }) => name)

const viewers = (
  counts: Record<string, number>,
  more: Record<string, Record<string, number>> = {},
): Partial<Sample> => ({
  actors: { viewers: counts, ...more },
})

test('the slope of noisy points is that of the line they are around, whatever a few of them say', () => {
  const points = Array.from({ length: 200 }, (_, x) => ({ x, y: 5 + 0.25 * x + chance.between(-3, 3) }))
  const torn = points.map((point, i) => (i % 10 === 0 ? { ...point, y: 5000 } : point))
  assert.ok(Math.abs(slopeOf(points) - 0.25) < 0.01)
  assert.ok(Math.abs(slopeOf(torn) - 0.25) < 0.02)
})

test('the ends of a series are the medians of its fifths', () => {
  assert.deepEqual(endsOf([1, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 90]), { first: 1, last: 4 })
})

test('a box that is well breaks nothing', () => {
  assert.deepEqual(brokenIn(hour()), [])
})

test('memory that grows by more than a mebibyte a minute is broken, teeth or none', () => {
  assert.deepEqual(brokenIn(hour((minute, i) => ({ rss: 1000 + 1.5 * minute + (i % 40) }))), ['memory'])
  assert.deepEqual(brokenIn(hour((minute, i) => ({ rss: 1000 + 0.5 * minute + (i % 40) }))), [])
})

test('memory that grows before the rewind window is full is not judged', () => {
  assert.deepEqual(brokenIn(hour((minute) => ({ rss: 200 + 10 * Math.min(30, minute) }))), [])
})

test('memory that is a tenth more at the end is not flat, however it came', () => {
  assert.deepEqual(brokenIn(hour((minute) => ({ rss: minute > 50 ? 340 : 300 }))), ['memory is flat'])
})

test('descriptors that stay are broken, while all act and when they have gone', () => {
  assert.deepEqual(brokenIn(hour((minute, i) => ({ descriptors: 700 + Math.round(minute / 3) + (i % 5) }))), [
    'descriptors',
  ])
  assert.deepEqual(brokenIn(hour(), 41), ['descriptors when all have gone'])
})

test('an event loop that becomes slower is broken', () => {
  assert.deepEqual(brokenIn(hour((minute) => ({ eventLoopP99Ms: 5 + minute / 2 }))), ['event loop'])
  assert.deepEqual(brokenIn(hour(() => ({ eventLoopP99Ms: 60 }))), ['event loop'])
})

test('an event loop that is in time on a machine that others kept busy is kept, one that is not is told', () => {
  const verdict = (eventLoopP99Ms: number) => {
    const samples = hour(() => ({ ...viewers({ lagMs: 300 }), eventLoopP99Ms }))
    const all = judge({ samples, judgedFrom: 1860, before: 35, after: 35 })
    return all.find(({ name }) => name === 'event loop')?.verdict
  }
  assert.equal(verdict(30), 'kept')
  assert.equal(verdict(60), 'told')
})

test('one missing part, one hole, 41 ms between picture and sound are broken', () => {
  const once = (counts: Record<string, number>) => hour((_, i) => (i === 300 ? viewers(counts) : {}))
  assert.deepEqual(brokenIn(once({ missing: 1 })), ['media that is missing'])
  assert.deepEqual(brokenIn(once({ holes: 1 })), ['media out of order or with holes'])
  assert.deepEqual(brokenIn(once({ skewMs: 41 })), ['picture and sound apart'])
  assert.deepEqual(brokenIn(once({ lost: 1 })), ['connections lost or refused'])
  assert.deepEqual(brokenIn(once({ behind: 1 })), ['viewers left behind'])
})

test('a stall is broken, unless somebody had no processor just then: that is told', () => {
  const stalled = (lateWorstMs: number) =>
    hour((_, i) => (i === 300 ? viewers({ stalls: 3 }, { publishers: { lateWorstMs } }) : {}))
  assert.deepEqual(brokenIn(stalled(20)), ['stalls'])
  const told = judge({ samples: stalled(140), judgedFrom: 1860, before: 35, after: 35 }).find(
    ({ name }) => name === 'stalls',
  )
  assert.equal(told?.verdict, 'told')
  assert.match(told?.found ?? '', /^0, and 3 while somebody had no processor/)
})

test('a busy sample makes the next one busy too', () => {
  const samples = hour((_, i) => (i === 2 ? viewers({ lagMs: 101 }) : {})).slice(0, 5)
  assert.deepEqual(busyOf(samples), [false, false, true, true, false])
})

test('a server that wanted a processor for a tenth of the time and had none makes its sample busy', () => {
  const samples = hour((_, i) => ({ waitedSeconds: i < 2 ? 0 : 0.6 })).slice(0, 5)
  assert.deepEqual(busyOf(samples), [false, false, true, true, false])
})

test('on a machine that is busy most of the time nothing is believed that depends on time, and losses are', () => {
  const samples = hour(() => viewers({ missing: 1, stalls: 1, lagMs: 300 }))
  assert.deepEqual(brokenIn(samples), ['media that is missing'])
})

test('what is too short has no slopes', () => {
  const judgements = judge({ samples: hour().slice(0, 30), judgedFrom: 0, before: 1, after: 1 })
  assert.match(judgements[0]?.found ?? '', /too short/)
  assert.deepEqual(
    judgements.filter(({ verdict }) => verdict === 'broken'),
    [],
  )
})
