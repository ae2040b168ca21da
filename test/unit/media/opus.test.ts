import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedError } from '../../../src/base/errors.ts'
import { initSegment } from '../../../src/formats/isobmff/init-segment.ts'
import { codecString } from '../../../src/media/codec-string.ts'
import { parseOpusHead, writeOpusHead } from '../../../src/media/opus-head.ts'
import { soundShape } from '../../../src/media/sound.ts'
import { opusHeadCases } from './opus.cases.ts'

for (const { name, wire, value, dOps } of opusHeadCases) {
  test(`OpusHead: ${name} is read, written and named`, () => {
    assert.deepEqual(parseOpusHead(wire), value)
    assert.deepEqual(writeOpusHead(value), wire)
    const codec = { kind: 'opus' as const, opusHead: wire }
    assert.equal(codecString(codec), 'opus')
    assert.deepEqual(soundShape(codec), { channels: value.channels, sampleRate: 48_000 })
  })

  test(`OpusHead: ${name} is the dOps of an Opus sample entry, big-endian`, () => {
    const init = Buffer.from(initSegment({ id: 2, codec: { kind: 'opus', opusHead: wire }, timescale: 48_000 }))
    const entry = `4f707573 000000000000 0001 0000000000000000 000${value.channels} 0010 0000 0000 bb800000 00000013 644f7073 ${dOps}`
    assert.ok(init.toString('hex').includes(entry.replaceAll(' ', '')), entry)
  })
}

const [stereo] = opusHeadCases
const changed = (at: number, value: number): Uint8Array => Uint8Array.from(stereo.wire.with(at, value))
const malformed = [
  ['another word', changed(0, 0x6f)],
  ['another major version', changed(8, 0x11)],
  ['three channels', changed(9, 3)],
  ['no channel', changed(9, 0)],
  ['a mapping of channels', changed(18, 1)],
  ['its end missing', stereo.wire.subarray(0, 18)],
] as const
for (const [name, wire] of malformed)
  test(`an OpusHead with ${name} is malformed`, () => assert.throws(() => parseOpusHead(wire), MalformedError))
