import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../../../src/base/log.ts'
import type { Track } from '../../../src/media/packet.ts'
import { Admission } from '../../../src/transcode/box/admission.ts'
import { BoxTurns } from '../../../src/transcode/box/box-turns.ts'
import { EncoderChoice } from '../../../src/transcode/box/encoder-choice.ts'
import { X264 } from '../../../src/transcode/box/encoders.ts'
import { MeasuredCost } from '../../../src/transcode/box/measured-cost.ts'
import { LADDERS } from '../../../src/transcode/ladder.ts'
import { LadderedBroadcast } from '../../../src/transcode/laddered-broadcast.ts'
import { RungFrames } from '../../light/rung-frames.ts'

const TIMESCALE = 90_000

/** A picture of so many macroblocks (ITU-T Rec. H.264, 7.3.2.1.1). */
function trackOf(width: number, height: number): Track {
  const ue = (value: number): string => (value + 1).toString(2).padStart(2 * Math.floor(Math.log2(value + 1)) + 1, '0')
  // seq_parameter_set_id … gaps_in_frame_num_value_allowed_flag, the size, frame_mbs_only_flag … the stop bit.
  const bits = `${ue(0)}${ue(0)}${ue(2)}${ue(1)}0${ue(width / 16 - 1)}${ue(height / 16 - 1)}11001`
  const bytes = (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2))
  const sps = [0x67, 66, 0, 31, ...bytes]
  const avcC = Uint8Array.of(1, 66, 0, 31, 0xff, 0xe1, 0, sps.length, ...sps, 1, 0, 1, 0x68)
  return { id: 1, codec: { kind: 'h264', avcC }, timescale: TIMESCALE }
}

const LARGE = trackOf(1280, 720)
const SMALL = trackOf(640, 352)

/** A broadcast whose children make nothing, by a clock that it is told. */
class Bench {
  readonly sink = new RungFrames()
  /** Sizes that each child was to make, in the order they began. */
  readonly made: string[] = []
  readonly laddered: LadderedBroadcast
  nowMs = 0
  #pts = 0

  constructor(t: TestContext) {
    t.mock.method(performance, 'now', () => this.nowMs)
    const idle = { waitingBytes: 0, cpuSeconds: 0, isIdle: false, pid: 1 }
    this.laddered = new LadderedBroadcast({
      ...{
        ladder: LADDERS.get('720p') ?? 'auto',
        isOnDemand: () => false,
        idleMs: () => 45_000,
        segmentMs: 2000,
        sink: this.sink,
      },
      ...{ changed: () => {}, ended: () => {}, log: silentLog },
      workshop: {
        threads: {
          start: ({ args }) => {
            this.made.push([...args.join(' ').matchAll(/pad=(\d+):(\d+)/g)].map(([, w, h]) => `${w}x${h}`).join(' '))
            return { ...idle, feed: () => {}, end: () => {}, kill: () => {} }
          },
        },
        admission: new Admission({ maxBroadcasts: 1, budget: 9 }),
        ...{ measured: new MeasuredCost(), turns: new BoxTurns(), room: () => 9 },
        encoders: () => new EncoderChoice([X264]),
        ...{ isMissing: () => false, missing: () => {} },
        command: () => ({ program: 'ffmpeg', args: [] }),
      },
    })
    t.after(() => this.laddered.end())
  }

  /** An encoder comes, and sends for some seconds, with a key frame in each. */
  sends(track: Track, { rate = 30, seconds = 2 } = {}): void {
    this.laddered.discontinuity()
    this.laddered.track(track)
    for (let frame = 0; frame < seconds * rate; frame++) {
      this.#pts += TIMESCALE / rate
      this.nowMs += 1000 / rate
      const data = new Uint8Array(10)
      this.laddered.packet({ trackId: 1, dts: this.#pts, cts: 0, isSync: frame % rate === 0, data })
    }
  }

  get names(): string[] {
    return this.laddered.describe().rungs.map(({ name }) => name)
  }
}

test('of an encoder that comes back with a smaller picture nothing larger is made, from its first frame on', (t) => {
  const bench = new Bench(t)
  bench.sends(LARGE)
  assert.deepEqual(bench.made, ['854x480 640x360 426x240'])
  bench.sends(SMALL, { rate: 25 })
  assert.deepEqual(bench.made.slice(1), ['426x240'])
  assert.deepEqual(bench.sink.withdrawn, ['480p', '360p'])
  assert.deepEqual(bench.names, ['240p'])
  assert.deepEqual(bench.sink.expected.at(-1), ['240p'])
  assert.equal(bench.sink.promised.at(-1)?.framesPerSecond, 25)
})

test('what it was too large for comes back with the larger picture', (t) => {
  const bench = new Bench(t)
  bench.sends(LARGE)
  bench.sends(SMALL)
  bench.sends(LARGE, { seconds: 5 })
  assert.deepEqual(bench.made.at(-1), '854x480 640x360 426x240')
  assert.deepEqual(bench.names, ['480p', '360p', '240p'])
})

test('of a picture that is smaller than the whole ladder nothing is made, until a larger one comes', (t) => {
  const bench = new Bench(t)
  bench.sends(LARGE)
  bench.sends(trackOf(320, 176))
  assert.equal(bench.made.length, 1)
  assert.equal(bench.laddered.describe().state, 'off')
  assert.deepEqual(bench.sink.withdrawn, ['480p', '360p', '240p'])
  bench.sends(LARGE)
  assert.deepEqual(bench.made.slice(1), ['854x480 640x360 426x240'])
})

test('what gave way, or never began, is not said to come, also when the encoder comes back with other frames', (t) => {
  const bench = new Bench(t)
  bench.sends(LARGE, { seconds: 20 })
  bench.laddered.limit({ atMs: bench.nowMs, pressure: 0, idle: 0 })
  assert.deepEqual(bench.made.length, 1)
  assert.deepEqual(bench.sink.pauses, ['480p', '360p', '240p'])
  const expected = bench.sink.expected.length
  bench.sends(LARGE, { rate: 25 })
  assert.equal(bench.sink.expected.length, expected)
})
