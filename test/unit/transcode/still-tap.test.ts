import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StillTap } from '../../../src/transcode/stills/still-tap.ts'
import { videoTrack } from '../../light/synthetic.ts'

/** A key frame of one IDR slice (ISO/IEC 14496-10 7.3.1), its length before it. */
const idr = (seconds: number) => ({
  ...{ trackId: 1, dts: seconds * 90_000, cts: 0, isSync: true },
  data: new Uint8Array([0, 0, 0, 3, 0x65, 0x88, 0x80]),
})

test('the newest key frame is kept, and one now and then for the storyboard', () => {
  const tap = new StillTap(
    5,
    () => false,
    () => {},
  )
  tap.track(videoTrack)
  for (const seconds of [10, 12, 14, 16]) tap.packet(idr(seconds))
  assert.equal(tap.newest?.time, 16)
  assert.deepEqual(
    tap.takeWaiting().map(({ time }) => time),
    [10, 16],
  )
})

test('a slate is no picture of the broadcast, but is seen where one goes back to it', () => {
  let isSlate = false
  const tap = new StillTap(
    5,
    () => isSlate,
    () => {},
  )
  tap.track(videoTrack)
  tap.packet(idr(10))
  isSlate = true
  tap.packet(idr(20))
  assert.equal(tap.newest?.time, 10)
  assert.deepEqual(
    tap.takeWaiting().map(({ time }) => time),
    [10, 20],
  )
  isSlate = false
  tap.packet(idr(30))
  assert.equal(tap.newest?.time, 30)
})
