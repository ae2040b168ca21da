import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CUT_TIMESCALE } from '../../../src/packager/cut-list.ts'
import { Cutter } from '../../../src/packager/cutter.ts'

/** Frames of 30 a second, a key frame every 2 s, each with its arrival in milliseconds; what is told of each cut is its date. */
function datesOf(seconds: number, arrival: (mediaMs: number) => number): number[] {
  let now = 0
  const cutter = new Cutter({
    ...{
      nominalPart: 1 / 3,
      segmentSeconds: 2,
      targetDuration: 2,
      firstMsn: 0,
      discontinuitySequence: 0,
      longestGop: 2,
    },
    now: () => now,
  })
  const dates: number[] = []
  for (let n = 0; n < seconds * 30; n++) {
    const time = Math.round((n * CUT_TIMESCALE) / 30)
    now = arrival((n * 1000) / 30)
    const before = cutter.current
    cutter.video(time, 0, n % 60 === 0)
    if (cutter.current && cutter.current !== before)
      dates.push(cutter.current.programDateTime - (cutter.current.time * 1000) / CUT_TIMESCALE)
  }
  return dates
}

test('an encoder in real time is dated by the arrival of its first frames, and the dates of segments are as far apart as they are long', () => {
  for (const date of datesOf(20, (ms) => 5000 + ms)) assert.ok(Math.abs(date - 5000) < 1, String(date))
})

test('a network that holds frames back for a moment moves nothing', () => {
  const dates = datesOf(20, (ms) => 5000 + ms + (ms % 2000 > 500 && ms % 2000 < 1500 ? 400 : 0))
  for (const date of dates) assert.ok(Math.abs(date - 5000) < 10, String(dates))
})
