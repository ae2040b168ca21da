import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Packet } from '../../../src/media/packet.ts'
import { RecentGroups } from '../../../src/transcode/recent-groups.ts'
import { Restarts } from '../../../src/transcode/restarts.ts'
import { SourceTimes } from '../../../src/transcode/source-times.ts'

const packet = (dts: number, bytes = 10): Packet => {
  return { trackId: 1, dts, cts: 0, isSync: false, data: new Uint8Array(bytes) }
}
const AVCC = Uint8Array.of(1)

test('milliseconds lead back to exactly the time that went in', () => {
  const times = new SourceTimes()
  for (let frame = 0; frame < 1000; frame++) {
    const pts = 900_000 + Math.round((frame * 90_000) / 59.94)
    assert.equal(times.exact(times.enter(pts, 90_000)), pts)
  }
})

test('two frames within a millisecond have one each, and the same one when they are asked for again', () => {
  const times = new SourceTimes()
  const [first, second] = [times.enter(900_000, 90_000), times.enter(900_040, 90_000)]
  assert.notEqual(first, second)
  assert.equal(times.exact(second), 900_040)
  assert.deepEqual([times.enter(900_000, 90_000), times.enter(900_040, 90_000)], [first, second])
})

test('times of long ago are forgotten', () => {
  const times = new SourceTimes()
  for (let frame = 0; frame < 20_000; frame++) times.enter(frame * 3000, 90_000)
  assert.equal(times.exact(0), undefined)
  assert.equal(times.exact(times.enter(19_000 * 3000, 90_000)), 19_000 * 3000)
})

test('groups are found by time, and kept until they are told to be needless', () => {
  const groups = new RecentGroups()
  for (let number = 0; number < 3; number++) {
    groups.begin(packet(number * 100), AVCC)
    groups.add(packet(number * 100 + 50))
  }
  assert.equal(groups.holding(150)?.number, 1)
  assert.equal(groups.holding(-1), undefined)
  groups.forgetBefore(1)
  assert.equal(groups.holding(50), undefined)
  assert.deepEqual(
    groups.from(0).map(({ number, frames }) => [number, frames.length]),
    [
      [1, 2],
      [2, 2],
    ],
  )
  groups.forgetBefore(9)
  assert.equal(groups.newest?.number, 2)
})

test('what is kept is bounded: the oldest group goes first, then the one under way is not kept whole', () => {
  const groups = new RecentGroups()
  const MEBIBYTE = 2 ** 20
  for (let number = 0; number < 3; number++) {
    groups.begin(packet(number * 100), AVCC)
    for (let at = 1; at < 20; at++) groups.add(packet(number * 100 + at, MEBIBYTE))
  }
  assert.deepEqual(
    groups.from(0).map(({ number, lost }) => [number, lost]),
    [
      [1, false],
      [2, false],
    ],
  )
  for (let at = 20; at < 80; at++) groups.add(packet(200 + at, MEBIBYTE))
  assert.deepEqual(
    groups.from(0).map(({ number, lost, frames }) => [number, lost, frames.length]),
    [[2, true, 0]],
  )
  groups.begin(packet(300), AVCC)
  groups.add(packet(301, MEBIBYTE))
  assert.equal(groups.newest?.lost, false)
})

test('a child that worked well is replaced at once, however often; one after the other that fails soon is waited with', () => {
  const restarts = new Restarts()
  for (let kill = 0; kill < 20; kill++) assert.equal(restarts.failed(14_000), 0)
  const waits = Array.from({ length: 6 }, () => restarts.failed(0))
  assert.deepEqual(waits.slice(0, 2), [0, 0])
  assert.ok(waits.every((wait, at) => wait >= (waits[at - 1] ?? 0)) && (waits[5] ?? 0) >= 10_000)
  restarts.forget()
  assert.equal(restarts.failed(0), 0)
})
