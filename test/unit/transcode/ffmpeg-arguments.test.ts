import assert from 'node:assert/strict'
import { test } from 'node:test'
import { X264 } from '../../../src/transcode/box/encoders.ts'
import { type ChildRung, ffmpegArguments } from '../../../src/transcode/ffmpeg-arguments.ts'

const rung = (name: string, more: Partial<ChildRung> = {}): ChildRung => ({
  ...{ name, width: 854, height: 480, framesPerSecond: 30, leastGapMs: undefined, startMs: undefined },
  ...{ videoKbps: 1200, peakKbps: 1500, profile: 'high', preset: 'superfast' },
  ...more,
})

test('one input, one decoder, and a pipe for each rung', () => {
  const args = ffmpegArguments({ rungs: [rung('a'), rung('b')], encoder: X264 })
  assert.equal(args.filter((arg) => arg === '-i').length, 1)
  assert.deepEqual(
    args.filter((arg) => arg.startsWith('pipe:')),
    ['pipe:0', 'pipe:3', 'pipe:4'],
  )
  const joined = ` ${args.join(' ')} `
  for (const flag of [
    '-flags low_delay -probesize 32768 -analyzeduration 1',
    ' -copyts ',
    '-fps_mode passthrough -enc_time_base -1',
    '-tune zerolatency',
    '-g 9999 -sc_threshold 0 -force_key_frames source -forced-idr 1',
  ]) {
    assert.ok(joined.includes(flag), flag)
  }
  // It would lose the first group of pictures.
  assert.ok(!joined.includes('nobuffer'))
})

test('rungs of one rate share what thins the frames; each begins where it is told', () => {
  const rungs = [rung('a'), rung('b', { leastGapMs: 30, startMs: 12_345 }), rung('c', { leastGapMs: 30 })]
  const args = ffmpegArguments({ rungs, encoder: X264 })
  const graph = (args[args.indexOf('-filter_complex') + 1] ?? '').split(';')
  assert.equal(graph[0], '[0:v:0]split=2[rate0][rate1]')
  assert.equal(graph[1], '[rate0]split=1[in0]')
  assert.equal(graph[2], "[rate1]select='key+isnan(prev_selected_t)+gte(t-prev_selected_t,0.030)',split=2[in1][in2]")
  assert.ok(graph[4]?.startsWith('[in1]trim=start=12.345,scale='))
  assert.ok(graph[5]?.startsWith('[in2]scale='))
})
