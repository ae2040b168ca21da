import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Timeline } from '../../../src/ingest/timeline.ts'
import { AudioClock, VideoClock } from '../../../src/ingest/track-clock.ts'

const VIDEO = 1
const AUDIO = 2
const WRAP = 2 ** 32

/** Clean times of `[track, raw]` pairs. */
const clean = (timeline: Timeline, ...pairs: readonly (readonly [number, number])[]): number[] =>
  pairs.map(([track, raw]) => timeline.at(track, (raw + WRAP) % WRAP))

test('time begins at the start with the first packet, whatever its timestamp', () => {
  for (const first of [0, 5, 1_000_000, 0x8000_0000, 0xffff_ffff]) {
    assert.deepEqual(
      clean(new Timeline(100_000), [VIDEO, first], [AUDIO, first + 7], [VIDEO, first + 33]),
      [100_000, 100_007, 100_033],
      `first timestamp ${first}`,
    )
  }
})

test('the 32-bit wrap goes unnoticed, though the tracks pass it one after the other', () => {
  const timeline = new Timeline(0)
  assert.deepEqual(
    clean(timeline, [VIDEO, -40], [AUDIO, -30], [VIDEO, -7], [AUDIO, -7], [VIDEO, 26], [AUDIO, 16], [VIDEO, 60]),
    [0, 10, 33, 33, 66, 56, 100],
  )
  assert.equal(timeline.rebases, 0)
})

test('a jump of both tracks, forward or back, is taken out of both by the same amount', () => {
  for (const jump of [5000, -5000, 1_000_000_000, -1_000_000_000, 0x7000_0000]) {
    const timeline = new Timeline(0)
    assert.deepEqual(
      clean(
        timeline,
        ...([
          [VIDEO, 0],
          [AUDIO, 10],
          [VIDEO, 33],
          [AUDIO, 33],
          [VIDEO, jump + 66],
          [AUDIO, jump + 56],
          [VIDEO, jump + 99],
          [AUDIO, jump + 79],
        ] as const),
      ),
      [0, 10, 33, 33, 66, 56, 99, 79],
      `jump of ${jump}`,
    )
    assert.equal(timeline.rebases, 1)
  }
})

test('a track that jumps alone is brought back, and the other keeps its time', () => {
  const timeline = new Timeline(0)
  const times = clean(
    timeline,
    ...([
      [VIDEO, 0],
      [AUDIO, 0],
      [VIDEO, 33],
      [AUDIO, 23],
      [VIDEO, 60_066],
      [AUDIO, 46],
      [VIDEO, 60_099],
      [AUDIO, 69],
      [VIDEO, 60_132],
    ] as const),
  )
  assert.deepEqual(times, [0, 0, 33, 23, 66, 46, 99, 69, 132])
  assert.equal(timeline.rebases, 1)
})

test('a track that pauses while the other goes on has not jumped', () => {
  const timeline = new Timeline(0)
  clean(timeline, [VIDEO, 0], [AUDIO, 0])
  for (let ms = 23; ms < 8000; ms += 23) timeline.at(AUDIO, ms)
  assert.deepEqual(clean(timeline, [VIDEO, 8000]), [8000])
  assert.equal(timeline.rebases, 0)
})

test('sound that is sent 1.5 s after its picture is not a jump', () => {
  const timeline = new Timeline(0)
  clean(timeline, [VIDEO, 0], [AUDIO, 0])
  for (let ms = 33; ms < 1600; ms += 33) timeline.at(VIDEO, ms)
  const before = timeline.rebases
  for (let ms = 1600; ms < 4000; ms += 23) {
    timeline.at(VIDEO, ms)
    assert.equal(timeline.at(AUDIO, ms - 1580), ms - 1580)
  }
  assert.equal(timeline.rebases, before)
})

test('a track that joins late with a clock of its own begins where the other is', () => {
  const timeline = new Timeline(0)
  clean(timeline, [VIDEO, 1_000_000])
  for (let ms = 33; ms < 5000; ms += 33) timeline.at(VIDEO, 1_000_000 + ms)
  assert.deepEqual(clean(timeline, [AUDIO, 0], [AUDIO, 23], [VIDEO, 1_005_016]), [4983, 5006, 5016])
})

test('video decode times always grow, and presentation times stay what they were', () => {
  const clock = new VideoClock(1000)
  assert.deepEqual(clock.stamp(1000, 66), { dts: 90_000, cts: 5940 })
  assert.deepEqual(clock.stamp(1000, 33), { dts: 90_001, cts: 2969 })
  assert.deepEqual(clock.stamp(990, 33), { dts: 90_002, cts: 2068 })
  assert.deepEqual(clock.stamp(1033, 0), { dts: 92_970, cts: 0 })
})

test('video before the start of its publication is decoded at the start', () => {
  assert.deepEqual(new VideoClock(1000).stamp(960, 80), { dts: 90_000, cts: 3600 })
})

test('audio is counted in samples, not in milliseconds', () => {
  const clock = new AudioClock(44_100, 1024, 0)
  const times = [0, 23, 46, 70, 93, 116].map((ms) => clock.stamp(ms))
  assert.deepEqual(times, [0, 1024, 2048, 3072, 4096, 5120])
})

test('audio follows its timestamps only past 100 ms of drift', () => {
  const clock = new AudioClock(48_000, 1024, 0)
  assert.equal(clock.stamp(0), 0)
  assert.equal(clock.stamp(121), 1024, '99.7 ms late: counted on')
  assert.equal(clock.stamp(150), 7200, '107 ms late: a hole')
  assert.equal(clock.resyncs, 1)
  assert.equal(clock.stamp(50), undefined, '121 ms early: dropped')
  assert.equal(clock.stamp(80), 8224, '91 ms early: counted on')
})

test('audio before the start of its publication is dropped', () => {
  const clock = new AudioClock(48_000, 1024, 10_000)
  assert.equal(clock.stamp(9950), undefined)
  assert.equal(clock.stamp(9995), 480_000)
})
