import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADVICE } from '../../../src/contract/advice.ts'
import { type Second, SimulatedEncoder } from './simulated-encoder.ts'

type Case = {
  readonly what: string
  readonly kind: (typeof ADVICE)[number]
  readonly doing: Second | ((second: number) => Second)
  readonly found: string
  readonly wanted: string
  readonly severity: 'trouble' | 'look' | 'hint'
  /** Seconds until it must be said. */
  readonly within: number
  /** What the encoder does when the advice was followed; all well by default. */
  readonly followed?: Second
}

const says = (says: NonNullable<Second['says']>): Second => ({ says })
const video = { codec: 'avc1.64001f', width: 1280, height: 720, framesPerSecond: 30, unusual: undefined }
const audio = { codec: 'mp4a.40.2', sampleRate: 48_000, channels: 2 }

const CASES: readonly Case[] = [
  {
    ...{ what: 'another encoder that is refused', kind: 'two-encoders', within: 9, severity: 'trouble' },
    ...{ doing: (n) => says({ refusedRivals: Math.floor(n / 4) }), found: '2', wanted: '0' },
  },
  {
    ...{ what: 'key frames every 8.3 s, as encoders send them by default', kind: 'key-frames-too-far', within: 5 },
    ...{ doing: says({ keyFrameDistances: [8.3, 8.3] }), found: '8.3', wanted: '2', severity: 'look' },
    followed: says({ keyFrameDistances: [2, 2, 2] }),
  },
  {
    ...{ what: 'one key frame at the start and no other', kind: 'key-frames-too-far', within: 15 },
    ...{ doing: (n) => says({ keyFrameDistances: [], sinceKeyFrame: n }), found: '14', wanted: '2' },
    ...{ severity: 'trouble', followed: says({ keyFrameDistances: [2, 2, 2], sinceKeyFrame: 1 }) },
  },
  {
    ...{ what: 'key frames where scenes change', kind: 'key-frames-irregular', within: 12, severity: 'hint' },
    ...{ doing: says({ keyFrameDistances: [2, 0.4, 1.6, 2] }), found: '0.4–2', wanted: '2' },
    followed: says({ keyFrameDistances: [2, 2, 2, 2] }),
  },
  {
    ...{ what: 'key frames by name only', kind: 'no-idr', within: 4, severity: 'trouble', found: 'none', wanted: '2' },
    doing: (n) => says({ keyFramesWithoutIdr: 2 + n, keyFrameDistances: [], sinceKeyFrame: undefined }),
    followed: says({ keyFrameDistances: [2], sinceKeyFrame: 1 }),
  },
  {
    ...{ what: 'B-frames', kind: 'b-frames', within: 4, severity: 'hint', found: '2', wanted: '0' },
    ...{ doing: says({ bFrames: 2 }), followed: says({ bFrames: 0 }) },
  },
  {
    ...{ what: 'a bitrate that swings', kind: 'bitrate-swings', within: 60, severity: 'look' },
    ...{ doing: (n) => ({ videoBitrate: n % 30 < 5 ? 6_000_000 : 1_200_000 }), found: '6000', wanted: '2000' },
  },
  {
    ...{ what: 'more bits than anybody sees', kind: 'bitrate-too-high', within: 40, severity: 'look' },
    ...{ doing: { videoBitrate: 9_000_000 }, found: '9000', wanted: '3000' },
  },
  {
    ...{
      what: 'frames left out by an encoder that is in time',
      kind: 'frames-dropped',
      within: 15,
      severity: 'trouble',
    },
    ...{ doing: { frames: 24, missing: 6 }, found: '20', wanted: '0' },
  },
  {
    ...{ what: 'a network that carries less than the encoder makes, and an encoder that leaves out frames' },
    ...{ kind: 'uplink-too-slow', within: 20, severity: 'trouble', found: '5000', wanted: '2900' },
    doing: (n) => ({
      ...{ videoBitrate: 3_600_000, frames: 22, missing: 8, media: n < 4 ? 0.7 : 1 },
      says: { declaredVideoBitrate: 5_000_000 },
    }),
  },
  {
    ...{ what: 'a network that carries less than the encoder makes, and an encoder that leaves out nothing' },
    ...{ kind: 'uplink-too-slow', within: 30, severity: 'trouble', found: '5000', wanted: '3200' },
    doing: { videoBitrate: 4_000_000, frames: 24, media: 0.8 },
  },
  {
    ...{ what: 'a frame rate that follows the light', kind: 'frame-rate-irregular', within: 60, severity: 'hint' },
    ...{ doing: (n) => ({ frames: n % 20 < 10 ? 30 : 15 }), found: '15–30', wanted: '30' },
  },
  {
    ...{ what: 'a clock that jumps', kind: 'clock-jumps', within: 12, severity: 'look', found: '2', wanted: '0' },
    doing: (n) => ({ jumps: n === 0 || n === 10 ? 1 : 0 }),
  },
  {
    ...{ what: 'no sound at all', kind: 'no-sound', within: 12, severity: 'look', found: 'none', wanted: 'sound' },
    ...{ doing: { audioBitrate: 0, says: { audio: undefined } }, followed: { says: { audio }, peakDb: -6 } },
  },
  {
    ...{ what: 'a microphone that is not plugged in', kind: 'no-sound', within: 30, severity: 'look', found: 'silent' },
    ...{ wanted: 'sound', doing: (n) => (n % 10 === 0 ? { peakDb: -91 } : {}), followed: { peakDb: -10 } },
  },
  {
    ...{ what: 'sound that clips', kind: 'sound-clipped', within: 40, severity: 'look', found: '0', wanted: '-6' },
    ...{ doing: (n) => (n % 10 === 0 ? { peakDb: 1.3, meanDb: -4 } : {}), followed: { peakDb: -6 } },
  },
  {
    ...{
      what: 'sound that nobody hears',
      kind: 'sound-quiet',
      within: 40,
      severity: 'look',
      found: '-47',
      wanted: '-20',
    },
    ...{ doing: (n) => (n % 10 === 0 ? { peakDb: -35, meanDb: -47 } : {}), followed: { peakDb: -6, meanDb: -18 } },
  },
  {
    ...{ what: 'a profile that browsers cannot show', kind: 'codec-unusual', within: 3, severity: 'trouble' },
    ...{ doing: says({ video: { ...video, unusual: 'High 4:2:2' } }), found: 'High 4:2:2', wanted: 'High' },
    followed: says({ video }),
  },
  {
    ...{
      what: 'six channels of sound',
      kind: 'codec-unusual',
      within: 3,
      severity: 'look',
      found: '6 ch',
      wanted: '2 ch',
    },
    ...{ doing: says({ audio: { ...audio, channels: 6 } }), followed: says({ audio }) },
  },
  {
    ...{ what: 'sound without a picture', kind: 'no-picture', within: 10, severity: 'look', found: 'none' },
    ...{ wanted: 'picture', doing: { frames: 0, videoBitrate: 0, says: { video: undefined } } },
    followed: says({ video }),
  },
  {
    ...{ what: 'a picture that stands still while the sound goes on', kind: 'no-picture', within: 12 },
    ...{ severity: 'trouble', found: 'stopped', wanted: 'picture', doing: { frames: 0, videoBitrate: 0 } },
  },
]

for (const { what, kind, doing, found, wanted, severity, within, followed } of CASES) {
  test(`${what}: ${kind}, until it was followed`, () => {
    const encoder = new SimulatedEncoder().run(within, doing)
    const said = encoder.report().advice.find((advice) => advice.kind === kind)
    assert.deepEqual(
      said && { found: said.found, wanted: said.wanted, severity: said.severity },
      { found, wanted, severity },
      `said: ${JSON.stringify(encoder.report().advice)}`,
    )
    assert.equal(
      encoder
        .run(100, followed ?? {})
        .kinds()
        .includes(kind),
      false,
    )
  })
}

test('every advice has a case', () => {
  assert.deepEqual([...new Set(CASES.map(({ kind }) => kind))].toSorted(), [...ADVICE].toSorted())
})

test('an encoder that does all well hears nothing, and is healthy', () => {
  const encoder = new SimulatedEncoder()
  for (let minute = 0; minute < 5; minute++) {
    encoder.run(60, (n) =>
      n % 10 === 0 ? { peakDb: -9, meanDb: -20 } : { videoBitrate: n % 2 ? 3_100_000 : 1_900_000 },
    )
    assert.deepEqual(encoder.report().advice, [])
  }
  assert.equal(encoder.report().verdict, 'healthy')
})

test('a network that stutters once is no advice', () => {
  const encoder = new SimulatedEncoder().run(60)
  encoder.run(3, { media: 0, frames: 0, videoBitrate: 0, audioBitrate: 0 })
  encoder.run(1, { media: 4, frames: 120, videoBitrate: 10_000_000, audioBitrate: 512_000 })
  const said: string[] = []
  for (let n = 0; n < 60; n++) said.push(...encoder.run(1).kinds())
  assert.deepEqual(said, [])
})

test('a clock of the encoder that is slightly slow or quick is no advice', () => {
  for (const media of [0.9995, 1.0005]) assert.deepEqual(new SimulatedEncoder().run(290, { media }).kinds(), [])
})

test('what lies between the bounds neither begins nor ends an advice', () => {
  const between = says({ keyFrameDistances: [3.8, 3.8, 3.8] })
  const encoder = new SimulatedEncoder().run(60, between)
  assert.deepEqual(encoder.kinds(), [])
  encoder.run(5, says({ keyFrameDistances: [8, 8, 8] }))
  assert.deepEqual(encoder.run(60, between).kinds(), ['key-frames-too-far'])
  assert.deepEqual(encoder.run(5, says({ keyFrameDistances: [2, 2, 2] })).kinds(), [])
})

test('advice keeps its beginning, and stands while the encoder is away', () => {
  const encoder = new SimulatedEncoder().run(5, says({ keyFrameDistances: [8, 8] }))
  const since = encoder.report().advice[0]?.since
  encoder.disconnect()
  encoder.run(10)
  assert.equal(encoder.report().advice[0]?.since, since)
  encoder.connect(2)
  encoder.run(4, says({ keyFrameDistances: [], sinceKeyFrame: 1 }))
  assert.deepEqual(encoder.kinds(), ['key-frames-too-far'], 'nothing is known of the new connection yet')
  assert.deepEqual(encoder.run(5, says({ keyFrameDistances: [2, 2] })).kinds(), [])
})

test('the most important comes first, and decides the verdict', () => {
  const encoder = new SimulatedEncoder().run(20, { frames: 20, missing: 10, says: { bFrames: 2 } })
  assert.deepEqual(encoder.kinds(), ['frames-dropped', 'b-frames'])
  assert.equal(encoder.report().verdict, 'trouble')
})
