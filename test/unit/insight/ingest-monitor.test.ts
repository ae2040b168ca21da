import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedEncoder, START_MS } from './simulated-encoder.ts'

const iso = (second: number): string => new Date(START_MS + second * 1000).toISOString()

test('each second is a sample of what came in it', () => {
  const encoder = new SimulatedEncoder().run(3).run(1, { videoBitrate: 4_000_000, frames: 25, missing: 5 })
  const { samples, video, droppedFrames, viewers } = encoder.report()
  assert.deepEqual(
    samples.map(({ at }) => at),
    [iso(1), iso(2), iso(3), iso(4)],
  )
  assert.deepEqual(samples.at(-1), {
    ...{ at: iso(4), videoBitrate: 4_000_000, audioBitrate: 128_000, framesPerSecond: 25, keyFrameSeconds: 2 },
    ...{ droppedFrames: 5, audioPeakDb: null, audioMeanDb: null, viewers: 7 },
  })
  assert.deepEqual([video?.bitrate, video?.keyFrameSeconds, droppedFrames, viewers], [2_875_000, 2, 5, 7])
})

test('only samples later than asked for are told', () => {
  const encoder = new SimulatedEncoder().run(10)
  assert.deepEqual(
    encoder.report(START_MS + 8000).samples.map(({ at }) => at),
    [iso(9), iso(10)],
  )
})

test('five minutes are kept, over a reconnect too', () => {
  const encoder = new SimulatedEncoder().run(250, { missing: 1 })
  encoder.disconnect()
  encoder.run(10)
  assert.equal(encoder.report().state, 'reconnecting')
  assert.equal(encoder.report().video?.width, 1280, 'what it sent is still told')
  encoder.connect(2)
  encoder.run(90)
  const { samples, reconnects, droppedFrames, state } = encoder.report()
  assert.deepEqual([samples.length, samples[0]?.at, samples.at(-1)?.at], [300, iso(51), iso(350)])
  assert.deepEqual([reconnects, droppedFrames, state], [1, 250, 'live'])
  assert.equal(samples.find(({ at }) => at === iso(255))?.videoBitrate, 0)
  assert.equal(samples.find(({ at }) => at === iso(261))?.videoBitrate, 2_500_000)
})

test('an encoder that is back after a restart of the server came back', () => {
  assert.equal(new SimulatedEncoder().run(3).report().reconnects, 0)
  assert.equal(new SimulatedEncoder(true).run(3).report().reconnects, 1)
})

test('with the broadcast its figures end', () => {
  const encoder = new SimulatedEncoder().run(10)
  encoder.endBroadcast()
  encoder.run(1)
  const { state, samples, startedAt } = encoder.report()
  assert.deepEqual([state, samples, startedAt], ['offline', [], null])
})

test('clipped sound is told as 0', () => {
  const encoder = new SimulatedEncoder().run(1, { peakDb: 2.4, meanDb: -3 })
  const { audioPeakDb, audioMeanDb } = encoder.report().samples[0] ?? {}
  assert.deepEqual([audioPeakDb, audioMeanDb], [0, -3])
})
