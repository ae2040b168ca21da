import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedError } from '../../../src/base/errors.ts'
import { parseAudioSpecificConfig, writeAacLcConfig } from '../../../src/media/audio-specific-config.ts'
import { parseAvcC, writeAvcC } from '../../../src/media/avcc.ts'
import { BitReader } from '../../../src/media/bit-reader.ts'
import { codecString } from '../../../src/media/codec-string.ts'
import { inspectFrame } from '../../../src/media/h264-frame.ts'
import { parseSps, removeEmulationPrevention } from '../../../src/media/sps.ts'
import { ascCases, avccCases } from './records.cases.ts'

for (const c of avccCases) {
  test(`avcC: ${c.name} is read, written and named`, () => {
    const record = parseAvcC(c.wire)
    assert.deepEqual(record, c.value)
    assert.deepEqual(writeAvcC(record.sps, record.pps), c.wire)
    assert.equal(codecString({ kind: 'h264', avcC: c.wire }), c.codecs)
  })
  test(`SPS: ${c.name}`, () => {
    const sps = parseSps(c.value.sps[0])
    assert.deepEqual(
      {
        width: sps.width,
        height: sps.height,
        framesPerSecond: sps.framesPerSecond,
        sampleAspectRatio: sps.sampleAspectRatio,
        maxNumReorderFrames: sps.maxNumReorderFrames,
      },
      c.picture,
    )
  })
}

for (const c of ascCases) {
  test(`AudioSpecificConfig: ${c.name}`, () => {
    assert.deepEqual(parseAudioSpecificConfig(c.wire), c.value)
    assert.equal(codecString({ kind: 'aac', audioSpecificConfig: c.wire }), c.codecs)
  })
}

test('an AAC LC configuration is written as it is read', () => {
  for (const [rate, channels] of [
    [48_000, 2],
    [44_100, 1],
    [96_000, 6],
    [7350, 8],
  ] as const) {
    const { sampleRate, channels: read } = parseAudioSpecificConfig(writeAacLcConfig(rate, channels))
    assert.deepEqual([sampleRate, read], [rate, channels])
  }
})

test('a configuration record cut at any byte is malformed or a shorter record, never a crash of another kind', () => {
  const readers = [
    ...avccCases.map((c) => ({ wire: c.wire, read: (bytes: Uint8Array): unknown => parseAvcC(bytes) })),
    ...avccCases.map((c) => ({ wire: c.value.sps[0], read: (bytes: Uint8Array): unknown => parseSps(bytes) })),
    ...ascCases.map((c) => ({ wire: c.wire, read: (bytes: Uint8Array): unknown => parseAudioSpecificConfig(bytes) })),
  ]
  for (const { wire, read } of readers) {
    for (let length = 0; length < wire.byteLength; length++) {
      try {
        read(wire.subarray(0, length))
      } catch (error) {
        assert.ok(error instanceof MalformedError)
      }
    }
  }
})

const malformed = [
  ['avcC of another version', () => parseAvcC(Uint8Array.of(0, 66, 0, 30, 0xff, 0xe0, 0))],
  ['avcC without parameter sets', () => parseAvcC(Uint8Array.of(1, 66, 0, 30, 0xff, 0xe0, 0))],
  ['avcC with NAL lengths of three bytes', () => parseAvcC(Uint8Array.of(1, 66, 0, 30, 0xfe, 0xe0, 0))],
  [
    'avcC with an SPS longer than the record',
    () => parseAvcC(Uint8Array.of(1, 66, 0, 30, 0xff, 0xe1, 0xff, 0xff, 0x67)),
  ],
  ['avcC with a PPS where the SPS belongs', () => parseAvcC(Uint8Array.of(1, 66, 0, 30, 0xff, 0xe1, 0, 1, 0x68))],
  ['an SPS of zeros, an endless Exp-Golomb code', () => parseSps(Uint8Array.of(0x67, 66, 0, 30, 0, 0, 0, 0, 0, 0, 0))],
  ['an AudioSpecificConfig of 0 Hz', () => parseAudioSpecificConfig(Uint8Array.of(0x17, 0x80, 0, 0, 0x10))],
  ['an AudioSpecificConfig with a reserved rate', () => parseAudioSpecificConfig(Uint8Array.of(0x16, 0x90))],
  ['an AudioSpecificConfig without channels', () => parseAudioSpecificConfig(Uint8Array.of(0x11, 0x80, 0, 0, 0, 0, 0))],
] as const
for (const [name, read] of malformed) test(`${name} is malformed`, () => assert.throws(read, MalformedError))

test('bits past the end are an error, not zeros', () => {
  const r = new BitReader(Uint8Array.of(0b1010_0000))
  assert.deepEqual([r.ue(), r.ue()], [0, 1])
  assert.throws(() => r.bits(5), MalformedError)
  assert.throws(() => r.ue(), MalformedError)
})

test('signed Exp-Golomb codes alternate in sign', () => {
  // 1 010 011 00100 00101
  const r = new BitReader(Uint8Array.of(0b1010_0110, 0b0100_0010, 0b1000_0000))
  assert.deepEqual([r.se(), r.se(), r.se(), r.se(), r.se()], [0, 1, -1, 2, -2])
})

test('emulation prevention bytes are taken out, others left', () => {
  assert.deepEqual(
    removeEmulationPrevention(Uint8Array.of(0, 0, 3, 1, 0, 0, 3, 0, 3)),
    Uint8Array.of(0, 0, 1, 0, 0, 0, 3),
  )
  const plain = Uint8Array.of(1, 0, 3, 0, 0, 1)
  assert.equal(removeEmulationPrevention(plain), plain)
})

const frames = [
  ['one IDR slice', [0, 0, 0, 2, 0x65, 1], 'idr'],
  ['SEI, then an IDR slice', [0, 0, 0, 1, 6, 0, 0, 0, 1, 0x65], 'idr'],
  ['a non-IDR slice', [0, 0, 0, 2, 0x41, 1], 'picture'],
  ['SEI alone', [0, 0, 0, 2, 6, 1], 'no-picture'],
  ['nothing', [], 'no-picture'],
  ['Annex B start codes', [0, 0, 0, 1, 0x65, 0x88, 0, 0, 0, 1, 0x41, 9], 'malformed'],
  ['a length past the end', [0, 0, 0, 9, 0x65], 'malformed'],
  ['a length of zero', [0, 0, 0, 0, 0x65], 'malformed'],
  ['a length with its highest bit set', [0xff, 0xff, 0xff, 0xff, 0x65], 'malformed'],
  ['half a length', [0, 0, 0, 1, 0x65, 0, 0], 'malformed'],
] as const
for (const [name, bytes, content] of frames) {
  test(`a frame with ${name} is ${content}`, () => assert.equal(inspectFrame(Uint8Array.from(bytes), 4), content))
}
