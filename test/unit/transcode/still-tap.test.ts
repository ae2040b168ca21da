import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StillTap } from '../../../src/transcode/stills/still-tap.ts'
import { videoTrack } from '../../light/synthetic.ts'

/** A key frame of one IDR slice (ISO/IEC 14496-10 7.3.1), its length before it. */
const idr = (seconds: number) => ({
  ...{ trackId: 1, dts: seconds * 90_000, cts: 0, isSync: true },
  data: new Uint8Array([0, 0, 0, 3, 0x65, 0x88, 0x80]),
})

test('the newest key frame is kept; a slate is no picture of the broadcast', () => {
  let isSlate = false
  const tap = new StillTap(
    () => isSlate,
    () => {},
  )
  tap.track(videoTrack)
  const [first, second, slate, last] = [10, 12, 20, 30].map(idr)
  assert.ok(first && second && slate && last)
  tap.packet(first)
  tap.packet(second)
  assert.equal(tap.newest?.data, second.data)
  isSlate = true
  tap.packet(slate)
  assert.equal(tap.newest?.data, second.data)
  isSlate = false
  tap.packet(last)
  assert.equal(tap.newest?.data, last.data)
})
