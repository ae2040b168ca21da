import assert from 'node:assert/strict'
import { test } from 'node:test'
import { momentsOf } from '../../../src/app/moments.ts'
import { MemoryKeeper } from '../../light/memory-keeper.ts'
import { announce, openPresentation } from '../../light/package-packets.ts'
import { synthetic, videoTrack } from '../../light/synthetic.ts'

/** Thirty seconds, of which the last six are still in memory. */
function broadcast() {
  const packets = synthetic({ seconds: 30, gop: 2 })
  const { broadcast, presentation } = openPresentation({ liveSeconds: 6, maxWindowBytes: 1 }, {}, new MemoryKeeper())
  announce(broadcast, packets)
  for (const packet of packets) broadcast.write(packet)
  const keyFrames = packets.filter(({ trackId, isSync }) => trackId === videoTrack.id && isSync)
  return { id: broadcast.id, presentation, keyFrames }
}

test('each segment that can be rewound to has a moment with its key frame, from memory or from where it is kept', async () => {
  const { id, presentation, keyFrames } = broadcast()
  const moments = [...momentsOf(presentation, id)]
  assert.ok(moments.length >= 13)
  for (const [at, { time, read }] of moments.entries()) {
    const keyFrame = keyFrames[at]
    assert.ok(keyFrame)
    assert.equal(time, (keyFrame.dts + keyFrame.cts) / 90_000)
    const { data, avcC } = await read()
    assert.deepEqual(Buffer.from(data), Buffer.from(keyFrame.data))
    assert.equal(avcC, videoTrack.codec.kind === 'h264' && videoTrack.codec.avcC)
  }
  const distances = moments.slice(1).map(({ atMs }, at) => atMs - (moments[at]?.atMs ?? 0))
  assert.ok(distances.every((distance) => Math.abs(distance - 2000) < 1))
})

test('another broadcast of the channel has none of them', () => {
  const { presentation } = broadcast()
  assert.deepEqual([...momentsOf(presentation, 'b2')], [])
  assert.deepEqual([...momentsOf(undefined, 'b1')], [])
})
