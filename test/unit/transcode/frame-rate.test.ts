import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameRate } from '../../../src/transcode/frame-rate.ts'

const TIMESCALE = 90_000

/**
 * Presentation times of an encoder's frames as they are decoded, from a key frame on, in the milliseconds of RTMP.
 * @param bFrames between two others, which are decoded behind both
 */
function timesOf(rate: number, bFrames: number, from = 0): number[] {
  const order = [0]
  for (let last = 0; order.length < 40; last += bFrames + 1) {
    order.push(last + bFrames + 1)
    for (let between = 1; between <= bFrames; between++) order.push(last + between)
  }
  return order.map((frame) => Math.round(from + (frame * 1000) / rate) * (TIMESCALE / 1000))
}

/** What is known as soon as anything is. */
function measured(rate: FrameRate, times: readonly number[]): number | undefined {
  times.find((time) => rate.note(time))
  return rate.get(TIMESCALE)
}

for (const [rate, expected] of [
  [24, 24],
  [25, 25],
  // So few milliseconds say no more.
  [29.97, 30],
  [30, 30],
  [50, 50],
  [60, 60],
  [12.5, 12.5],
] as const) {
  for (const bFrames of [0, 1, 2, 3, 7]) {
    test(`${rate} frames a second are ${expected}, with ${bFrames} B-frames between two others`, () => {
      const found = measured(new FrameRate(), timesOf(rate, bFrames)) ?? 0
      assert.ok(Math.abs(found - expected) < 0.1, String(found))
    })
  }
}

test('what another encoder sends later is measured by itself', () => {
  const rate = new FrameRate()
  assert.equal(measured(rate, timesOf(30, 0)), 30)
  rate.reset()
  assert.equal(rate.get(TIMESCALE), undefined)
  assert.equal(measured(rate, timesOf(25, 2, 60_000)), 25)
})

test('a frame that is missing, or comes twice, makes no other rate of it', () => {
  const times = timesOf(30, 0)
  assert.equal(measured(new FrameRate(), times.toSpliced(5, 2)), 30)
  const twice = times.flatMap((time) => [time, time])
  assert.equal(measured(new FrameRate(), twice), 30)
})
