import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedError } from '../../../../src/base/errors.ts'
import { OggDecoder } from '../../../../src/formats/ogg/ogg-decoder.ts'
import { malformedOgg, oggCases } from './ogg.cases.ts'

const MOST = 1000

function packetsOf(pieces: readonly Uint8Array[]): Uint8Array[] {
  const packets: Uint8Array[] = []
  const decoder = new OggDecoder((packet) => packets.push(packet), MOST)
  for (const piece of pieces) decoder.push(piece)
  return packets
}

for (const { name, wire, packets } of oggCases) {
  test(`Ogg: ${name} is read, also when it comes byte by byte`, () => {
    const whole = packetsOf([wire])
    assert.deepEqual(
      whole.map(({ byteLength }) => byteLength),
      packets,
    )
    assert.deepEqual(packetsOf(Array.from(wire, (byte) => Uint8Array.of(byte))), whole)
  })
}

for (const [name, wire] of malformedOgg)
  test(`Ogg: ${name} is malformed`, () => assert.throws(() => packetsOf([wire]), MalformedError))
