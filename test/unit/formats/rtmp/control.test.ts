import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedError } from '../../../../src/base/errors.ts'
import { joinAggregate, splitAggregate } from '../../../../src/formats/rtmp/aggregate.ts'
import {
  acknowledgement,
  readControlNumber,
  readUserControl,
  setPeerBandwidth,
  userControl,
  windowAckSize,
} from '../../../../src/formats/rtmp/control.ts'
import type { Message } from '../../../../src/formats/rtmp/message.ts'

const events = [
  { name: 'Stream Begin', wire: [0, 0, 0, 0, 0, 1], value: { eventType: 0, values: [1] } },
  { name: 'Set Buffer Length', wire: [0, 3, 0, 0, 0, 1, 0, 0, 0x0b, 0xb8], value: { eventType: 3, values: [1, 3000] } },
  { name: 'Ping Request', wire: [0, 6, 0xff, 0xff, 0xff, 0xff], value: { eventType: 6, values: [0xffff_ffff] } },
  { name: 'an event of its own', wire: [0, 31], value: { eventType: 31, values: [] } },
]
for (const c of events) {
  test(`user control: ${c.name} is read and written`, () => {
    assert.deepEqual(readUserControl(Uint8Array.from(c.wire)), c.value)
    assert.deepEqual([...userControl(c.value).payload], c.wire)
  })
}

test('user control: an event without a type, and a ping without a time, are malformed', () => {
  assert.throws(() => readUserControl(Uint8Array.of(0)), MalformedError)
  assert.throws(() => readUserControl(Uint8Array.of(0, 6, 1)), MalformedError)
})

test('protocol control numbers are read as they are written', () => {
  assert.equal(readControlNumber(windowAckSize(2_500_000).payload), 2_500_000)
  assert.equal(readControlNumber(setPeerBandwidth(7).payload), 7)
  assert.equal(readControlNumber(acknowledgement(2 ** 32 + 5).payload), 5)
  assert.throws(() => readControlNumber(Uint8Array.of(1, 2, 3)), MalformedError)
})

const part = (typeId: number, timestamp: number, ...payload: number[]): Message => ({
  chunkStreamId: 4,
  timestamp,
  typeId,
  messageStreamId: 1,
  payload: Uint8Array.from(payload),
})

test('an aggregate message comes apart into what was joined', () => {
  const parts = [part(9, 0x0100_0000, 1, 2), part(8, 0x0100_0017, 3), part(9, 0x0100_0021)]
  assert.deepEqual(splitAggregate(joinAggregate(parts)), parts)
})

test('the timestamp of an aggregate message moves all its parts, across the wrap too', () => {
  const joined = joinAggregate([part(9, 100, 1), part(8, 120, 2)])
  const moved = splitAggregate({ ...joined, timestamp: 0xffff_fff6 })
  assert.deepEqual(
    moved.map(({ timestamp }) => timestamp),
    [0xffff_fff6, 10],
  )
})

test('an aggregate message cut at any byte is malformed or has fewer parts', () => {
  const joined = joinAggregate([part(9, 100, 1), part(8, 120, 2)])
  for (let length = 0; length < joined.payload.byteLength; length++) {
    try {
      assert.ok(splitAggregate({ ...joined, payload: joined.payload.subarray(0, length) }).length < 2)
    } catch (error) {
      assert.ok(error instanceof MalformedError)
    }
  }
})

test('an aggregate message inside an aggregate message is malformed', () => {
  const inner = joinAggregate([part(9, 1, 1)])
  assert.throws(() => splitAggregate(joinAggregate([inner])), MalformedError)
})
