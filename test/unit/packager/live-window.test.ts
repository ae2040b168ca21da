import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, suite, test } from 'node:test'
import type { Cut } from '../../../src/packager/cut-list.ts'
import { LiveWindow } from '../../../src/packager/live-window.ts'
import type { Part } from '../../../src/packager/segment.ts'

const cut = (msn: number, discontinuity = false): Cut => ({
  msn,
  time: msn * 180_000,
  discontinuity,
  discontinuitySequence: discontinuity ? 1 : 0,
  programDateTime: 0,
  partTicks: 30_000,
})
const part = (duration = 1 / 3, independent = false): Part => ({
  bytes: Buffer.alloc(100),
  duration,
  independent,
  frames: 10,
})
const open = (options: Partial<{ liveSeconds: number; maxBytes: number; pacingMs: number }> = {}): LiveWindow =>
  new LiveWindow({ liveSeconds: 20, maxBytes: 1e9, epoch: 'e', pacingMs: 0, ...options })

/** One whole segment of equal parts, the last of which may be shorter. */
function segment(window: LiveWindow, msn: number, last = 1 / 3): void {
  window.openSegment(cut(msn), 0)
  for (let i = 0; i < 5; i++) window.addPart(part(1 / 3, i === 0))
  window.addPart(part(last))
  window.closeSegment()
}

test('a segment is shown with its EXTINF when it is closed', () => {
  const window = open()
  segment(window, 0)
  assert.deepEqual(
    window.shown.map(({ msn }) => msn),
    [0],
  )
  assert.equal(window.open, undefined)
})

test('the last part of a segment is shown together with a hint at the first of the next', () => {
  const window = open()
  window.openSegment(cut(0), 0)
  for (let i = 0; i < 5; i++) window.addPart(part(1 / 3, i === 0))
  const seen: unknown[] = []
  window.wait({ msn: 0, part: 5, wake: () => seen.push(window.next) })
  window.addPart(part(), true)
  window.closeSegment()
  assert.deepEqual(seen, [{ msn: 1, part: 0 }])
})

test('a segment with a short last part is shown as complete only together with the next part', () => {
  const window = open()
  segment(window, 0, 0.2)
  assert.deepEqual(window.shown, [])
  assert.equal(window.open?.parts.length, 6)
  assert.equal(window.reached(0, undefined), false)
  assert.equal(window.reached(0, 5), true)
  window.openSegment(cut(1), 0)
  assert.deepEqual(window.next, { msn: 1, part: 0 })
  window.addPart(part())
  assert.deepEqual(
    window.shown.map(({ msn }) => msn),
    [0],
  )
  assert.equal(window.open?.msn, 1)
})

test('what a lost connection leaves is shown even with a short last part', () => {
  const window = open()
  segment(window, 0, 0.1)
  window.settle()
  assert.equal(window.shown.length, 1)
})

const questions: { name: string; msn: number; part: number | undefined; reached: boolean }[] = [
  { name: 'a segment of long ago', msn: -5, part: 0, reached: true },
  { name: 'a whole segment that is closed', msn: 1, part: undefined, reached: true },
  { name: 'a whole segment that is open', msn: 2, part: undefined, reached: false },
  { name: 'a part that is there', msn: 2, part: 1, reached: true },
  { name: 'the part that comes next', msn: 2, part: 2, reached: false },
  { name: 'a part beyond the last of a closed segment: part 0 of the next', msn: 1, part: 6, reached: true },
  { name: 'the next segment', msn: 3, part: 0, reached: false },
]
for (const { name, msn, part: index, reached } of questions) {
  test(`whether a request may be answered: ${name}`, () => {
    const window = open()
    segment(window, 0)
    segment(window, 1)
    window.openSegment(cut(2), 0)
    window.addPart(part())
    window.addPart(part())
    assert.equal(window.reached(msn, index), reached)
  })
}

test('waiters are woken once, when what they wait for is there', () => {
  const window = open()
  const woken: string[] = []
  window.openSegment(cut(0), 0)
  window.wait({ msn: 0, part: 0, wake: () => woken.push('0.0') })
  window.wait({ msn: 0, part: 1, wake: () => woken.push('0.1') })
  const leave = window.wait({ msn: 0, part: 1, wake: () => woken.push('left') })
  leave()
  window.addPart(part())
  assert.deepEqual(woken, ['0.0'])
  window.addPart(part())
  assert.deepEqual(woken, ['0.0', '0.1'])
  assert.equal(window.waiting, 0)
})

test('thousands of waiters are woken in chunks, so that the event loop goes on between them', async () => {
  const window = open()
  window.openSegment(cut(0), 0)
  let woken = 0
  for (let i = 0; i < 1000; i++) window.wait({ msn: 0, part: 0, wake: () => woken++ })
  window.addPart(part())
  assert.equal(woken, 256)
  while (woken < 1000) await new Promise((resolve) => setImmediate(resolve))
})

test('one who waits for a part of a segment that is a gap is told that it never comes', () => {
  const window = open()
  segment(window, 0)
  let woken = 0
  window.wait({ msn: 1, part: 0, wake: () => woken++ })
  window.addGap(cut(1), 0, 2)
  assert.equal(woken, 1)
})

test('the playlist keeps liveSeconds, and media as long again behind it', () => {
  const window = open({ liveSeconds: 9.9 })
  for (let msn = 0; msn < 30; msn++) segment(window, msn)
  assert.deepEqual(
    window.shown.map(({ msn }) => msn),
    [25, 26, 27, 28, 29],
  )
  assert.ok(window.segment(21))
  assert.equal(window.segment(10), undefined)
})

test('EXT-X-DISCONTINUITY-SEQUENCE counts the tags that left the playlist', () => {
  const window = open({ liveSeconds: 4 })
  for (let msn = 0; msn < 6; msn++) {
    window.openSegment({ ...cut(msn, msn === 2), discontinuitySequence: msn >= 2 ? 1 : 0 }, 0)
    for (let i = 0; i < 6; i++) window.addPart(part())
    window.closeSegment()
    const first = window.shown[0]?.msn ?? 0
    assert.equal(window.discontinuitySequence, first > 2 ? 1 : 0, `first ${first}`)
  }
})

suite('a burst after a stall', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  test('is shown part by part, in order, and nothing of it is lost', () => {
    let now = 1000
    const clock = mock.method(performance, 'now', () => now)
    const window = open({ pacingMs: 100 })
    const versions: number[] = []
    segment(window, 0)
    segment(window, 1)
    versions.push(window.segment(0)?.parts.length ?? 0)
    for (let i = 0; i < 15; i++) {
      now += 100
      mock.timers.tick(100)
      versions.push((window.segment(0)?.parts.length ?? 0) + (window.segment(1)?.parts.length ?? 0))
    }
    assert.deepEqual(versions.slice(0, 12), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    assert.deepEqual(
      window.shown.map(({ msn }) => msn),
      [0, 1],
    )
    clock.mock.restore()
  })

  test('is shown at once when the broadcast ends', () => {
    const window = open({ pacingMs: 100 })
    segment(window, 0)
    segment(window, 1)
    window.end()
    assert.equal(window.shown.length, 2)
    assert.equal(window.ended, true)
  })
})
