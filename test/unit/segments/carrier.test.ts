import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Carrier, unload } from '../../../src/segments/carrier.ts'
import type { VolumeWrite } from '../../../src/segments/protocol.ts'

const write = (number: number, ...parts: readonly Uint8Array[]): VolumeWrite => ({
  volume: { channel: 'c1', broadcast: 'b1', number },
  media: parts.map((bytes, at) => ({ rendition: 'source', at: at * 1000, bytes })),
  records: [],
  last: number > 1,
})
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value)

test('what is loaded comes out as it was, of all volumes', () => {
  const writes = [write(1, bytes(3, 1), bytes(5, 2)), write(2), write(3, bytes(7, 3))]
  assert.deepEqual(unload(structuredClone(new Carrier().load(writes))), writes)
})

test('the same memory is used again; what one message needed beyond the usual is let go', () => {
  const carrier = new Carrier()
  const { memory } = carrier.load([write(1, bytes(100, 1))])
  assert.equal(carrier.load([write(1, bytes(200, 2))]).memory, memory)
  const large = carrier.load([write(1, bytes(9 << 20, 3))]).memory
  assert.ok(large.byteLength >= 9 << 20)
  assert.ok(carrier.load([write(1, bytes(100, 4))]).memory.byteLength < 9 << 20)
})
