import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedError } from '../../../../src/base/errors.ts'
import { ChunkDecoder } from '../../../../src/formats/rtmp/chunk-decoder.ts'
import { ChunkEncoder } from '../../../../src/formats/rtmp/chunk-encoder.ts'
import { setChunkSize } from '../../../../src/formats/rtmp/control.ts'
import type { Message } from '../../../../src/formats/rtmp/message.ts'
import { bytes, chunkCases } from './chunk.cases.ts'

const LIMITS = { messageBytes: 10_000, heldBytes: 20_000, chunkStreams: 8 }

function decode(pieces: Iterable<Uint8Array>, limits = LIMITS): Message[] {
  const messages: Message[] = []
  const decoder = new ChunkDecoder(limits, (message) => messages.push(message))
  for (const piece of pieces) decoder.push(piece)
  return messages
}

for (const c of chunkCases) {
  const wire = Uint8Array.from(c.wire)
  test(`chunks: ${c.name}, read`, () => assert.deepEqual(decode([wire]), c.value))
  test(`chunks: ${c.name}, read when cut in two at any byte`, () => {
    for (let cut = 0; cut <= wire.byteLength; cut++) {
      assert.deepEqual(decode([wire.subarray(0, cut), wire.subarray(cut)]), c.value, `cut at ${cut}`)
    }
  })
  test(`chunks: ${c.name}, read byte by byte`, () => {
    assert.deepEqual(decode(c.wire.map((byte) => Uint8Array.of(byte))), c.value)
  })
  if (c.readOnly) continue
  test(`chunks: ${c.name}, written`, () => {
    const encoder = new ChunkEncoder()
    assert.deepEqual([...Buffer.concat(c.value.map((message) => encoder.encode(message)))], c.wire)
  })
}

test('what the encoder writes with any chunk size is read back', () => {
  const payload = Uint8Array.from(bytes(5000))
  for (const size of [1, 2, 127, 128, 4096, 4999, 5000, 5001, 65_536]) {
    const encoder = new ChunkEncoder()
    const messages = [0xff_fffe, 0xff_ffff, 0x100_0005, 0x7fff_ffff, 0xffff_ffff, 3].map((timestamp) => ({
      chunkStreamId: 70,
      timestamp,
      typeId: 9,
      messageStreamId: 0x0102_0304,
      payload,
    }))
    const wire = [encoder.encode(setChunkSize(size)), ...messages.map((message) => encoder.encode(message))]
    assert.deepEqual(decode(wire), messages, `chunk size ${size}`)
  }
})

test('a message that declares more than the limit ends the connection before memory is taken', () => {
  const decoder = new ChunkDecoder(LIMITS, () => {})
  assert.throws(
    () => decoder.push(Uint8Array.of(4, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0)),
    /a message of 16777215 bytes/,
  )
  assert.equal(decoder.heldBytes, 0)
})

test('many unfinished messages together have a limit too', () => {
  const decoder = new ChunkDecoder({ ...LIMITS, heldBytes: 12_000 }, () => {})
  const begin = (id: number) => Uint8Array.of(id, 0, 0, 0, 0, 0x17, 0x70, 9, 1, 0, 0, 0, ...bytes(128))
  decoder.push(begin(4))
  decoder.push(begin(5))
  assert.equal(decoder.heldBytes, 12_000)
  assert.throws(() => decoder.push(begin(6)), /unfinished messages/)
})

const illegal = [
  ['type 1 on an unknown chunk stream', [0x44, 0, 0, 0, 0, 0, 1, 9], /has had no message header/],
  ['type 3 on an unknown chunk stream', [0xc4, 1], /has had no message header/],
  [
    'type 0 in the middle of a message',
    [...[4, 0, 0, 0, 0, 0x01, 0, 9, 1, 0, 0, 0], ...bytes(128), ...[4, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0]],
    /in the middle of a message/,
  ],
  ['a chunk size of 0', [2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0], /chunk size 0/],
  ['a chunk size with its first bit set', [2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0x80, 0, 0, 1], /chunk size/],
  ['a Set Chunk Size of 3 bytes', [2, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 0, 1], /Set Chunk Size of 3 bytes/],
  [
    'too many chunk streams',
    Array.from({ length: 9 }, (_, i) => [4 + i, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 1]).flat(),
    /more than 8 chunk streams/,
  ],
] as const
for (const [name, wire, says] of illegal) {
  test(`chunks: ${name} is malformed`, () => {
    assert.throws(
      () => decode([Uint8Array.from(wire)]),
      (error: unknown) => error instanceof MalformedError && says.test(error.message),
    )
  })
}

test('each payload is memory of its own', () => {
  const wire = Uint8Array.from([0x04, 0, 0, 5, 0, 0, 2, 9, 1, 0, 0, 0, 7, 8])
  const [message] = decode([wire])
  wire.fill(0)
  assert.deepEqual(message?.payload, Uint8Array.of(7, 8))
})
