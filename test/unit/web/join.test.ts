import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ListedPart, planJoin } from '../../../web/player/join.ts'

/** Parts of a third of a second, segments of two seconds, a key frame every `gop` seconds. */
function listed(from: number, to: number, gop: number): ListedPart[] {
  const parts: ListedPart[] = []
  for (let i = Math.round(from * 3); i < Math.round(to * 3); i += 1) {
    parts.push({ start: i / 3, duration: 1 / 3, independent: i % Math.round(gop * 3) === 0, sn: Math.floor(i / 6) })
  }
  return parts
}

test('with a key frame in every segment hls.js is left to itself', () => {
  for (let play = 4; play < 12; play += 0.1) assert.equal(planJoin(listed(4, 12, 2), play), null)
})

test('in a segment without a key frame loading begins at the last independent part before it', () => {
  assert.deepEqual(planJoin(listed(8, 16, 8), 14.9), { load: 8, play: 14.9 })
  assert.deepEqual(planJoin(listed(4, 16, 5), 14.9), { load: 10, play: 14.9 })
})

test('an independent part in the middle of the segment is found by hls.js itself', () => {
  assert.equal(planJoin(listed(4, 16, 5), 11), null)
  const middle = listed(0, 8, 3)
  assert.equal(planJoin(middle, 3.5), null)
})

test('an independent part later in the segment does not help a position before it', () => {
  assert.deepEqual(planJoin(listed(0, 8, 3), 2.5), { load: 0, play: 2.5 })
})

test('an independent part in a gap is no way in', () => {
  const parts = listed(0, 16, 4).map((part) => (part.start === 12 ? { ...part, gap: true } : part))
  assert.deepEqual(planJoin(parts, 13), { load: 8, play: 13 })
})

test('without parts, or with no independent one listed, there is no plan', () => {
  assert.equal(planJoin([], 10), null)
  assert.equal(planJoin(listed(1, 7, 8), 6), null)
  assert.equal(planJoin(listed(8, 16, 8), 2), null)
})
