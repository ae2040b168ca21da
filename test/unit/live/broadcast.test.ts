import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Broadcast } from '../../../src/live/broadcast.ts'
import type { Packet, Track } from '../../../src/media/packet.ts'

const start = {
  ...{ id: 'b1', mediaSequence: 0, mediaSequenceLimit: 1000 },
  ...{ discontinuitySequence: 0, longestGopMs: 0 },
}
const sound = (rate: number): Track => ({
  ...{ id: 2, timescale: rate },
  codec: { kind: 'aac', audioSpecificConfig: new Uint8Array(2) },
})
const packet = (dts: number): Packet => ({ trackId: 2, dts, cts: 0, isSync: true, data: new Uint8Array(1) })

/** A broadcast, and the decode times of what its reader got. */
function open() {
  const broadcast = new Broadcast({ id: 'c1', slug: 'choir' }, start, 0)
  const read: number[] = []
  broadcast.attach({ track: () => {}, packet: ({ dts }) => read.push(dts), discontinuity: () => {}, end: () => {} })
  return { broadcast, read }
}

test('packets whose decode time does not grow, and those of no track, are left out', () => {
  const { broadcast, read } = open()
  broadcast.write(packet(1))
  broadcast.track(sound(48_000))
  for (const dts of [480_000, 481_024, 481_024, 481_000, 482_048]) broadcast.write(packet(dts))
  assert.deepEqual(read, [480_000, 481_024, 482_048])
  assert.equal(broadcast.dropped, 3)
  assert.equal(broadcast.packets, 3)
})

test('the next publication begins where the last one has ended, and never before 10 s', () => {
  const { broadcast } = open()
  assert.equal(broadcast.nextStartTime, 10)
  broadcast.track(sound(48_000))
  for (const dts of [576_000, 577_024]) broadcast.write(packet(dts))
  const end = 578_048 / 48_000
  assert.equal(broadcast.nextStartTime, end)
  broadcast.discontinuity()
  assert.equal(broadcast.nextStartTime, end)
  assert.deepEqual(broadcast.tracks, [])
})

test('a track whose ticks become shorter or longer goes on from the same time', () => {
  const { broadcast, read } = open()
  broadcast.track(sound(48_000))
  for (const dts of [480_000, 481_024]) broadcast.write(packet(dts))
  broadcast.track(sound(44_100))
  const next = Math.round((482_048 * 44_100) / 48_000)
  broadcast.write(packet(next))
  assert.deepEqual(read, [480_000, 481_024, next])
  assert.equal(broadcast.nextStartTime, (next + next - Math.round((481_024 * 44_100) / 48_000)) / 44_100)
})
