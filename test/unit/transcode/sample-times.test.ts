import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SampleTimes } from '../../../src/transcode/sound/sample-times.ts'

/** Frames of 1024 samples, of which some are missing. */
function times(rate: number, from: number, frames: number, hole?: { readonly at: number; readonly frames: number }) {
  const made = new SampleTimes(rate, 1024)
  const before: number[] = []
  for (let i = 0; i < frames; i++) {
    const missing = hole !== undefined && i >= hole.at ? hole.frames : 0
    before.push(made.add(from + (i + missing) * 1024))
  }
  return { made, before }
}

test('what is counted leads to the source’s time, from before its first frame on', () => {
  const { made, before } = times(48_000, 480_000, 100)
  assert.equal(made.timeOf(-312), 480_000 - 312)
  assert.equal(made.timeOf(960), 480_960)
  assert.deepEqual(before.slice(0, 3), [0, 21, 43])
})

test('packets of a source at 44.1 kHz are 960 ticks apart, exactly', () => {
  const { made } = times(44_100, 441_001, 1000)
  const all = Array.from({ length: 1000 }, (_, index) => made.timeOf(index * 960 - 312))
  for (const [index, time] of all.entries()) assert.equal(time - (all[0] ?? 0), index * 960)
  assert.equal(all[0], Math.round((441_001 * 48_000) / 44_100) - 312)
})

test('a hole in the source is one in what is made of it, and the child sees none', () => {
  const { made, before } = times(48_000, 0, 20, { at: 10, frames: 5 })
  assert.equal(made.timeOf(9 * 1024), 9 * 1024)
  assert.equal(made.timeOf(10 * 1024), 15 * 1024)
  assert.equal(before[19], Math.round((19 * 1024 * 1000) / 48_000))
})

test('a time leads back to the sample, and one within a hole to the first behind it', () => {
  for (const rate of [48_000, 44_100, 32_000]) {
    const { made } = times(rate, rate * 10, 100, { at: 50, frames: 20 })
    for (const sample of [0, 960, 5000, 90_000]) assert.equal(made.sampleAt(made.timeOf(sample)), sample)
    const behind = Math.round((50 * 1024 * 48_000) / rate)
    assert.equal(made.sampleAt(made.timeOf(behind) - 4800), behind)
  }
})
