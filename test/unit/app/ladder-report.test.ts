import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ladderReport } from '../../../src/app/ladder-report.ts'
import { type LadderState, NO_LADDER, type RungRest } from '../../../src/transcode/status.ts'

const restOf = (state: LadderState, rest: RungRest | undefined) => {
  const rung = { name: '360p', width: 640, height: 360, framesPerSecond: 30, videoKbps: 700, running: false, rest }
  return ladderReport({ ...NO_LADDER, state, rungs: [rung] }).rungs[0]?.rest
}

test('a rung of a ladder that waits for its turn waits; one that gives way pauses', () => {
  assert.equal(restOf('waiting', 'limited'), 'waiting')
  assert.equal(restOf('limited', 'limited'), 'limited')
  assert.equal(restOf('waiting', 'asleep'), 'asleep')
  assert.equal(restOf('running', undefined), null)
})
