import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader } from '../../../../src/base/byte-reader.ts'
import { MalformedError } from '../../../../src/base/errors.ts'
import { AmfBudget } from '../../../../src/formats/rtmp/amf-value.ts'
import { readAmf0, writeAmf0 } from '../../../../src/formats/rtmp/amf0.ts'
import { Amf3Reader, writeAmf3 } from '../../../../src/formats/rtmp/amf3.ts'
import { ByteWriter } from '../../../../src/formats/rtmp/byte-writer.ts'
import { readCommand, writeCommand } from '../../../../src/formats/rtmp/command.ts'
import { amf0Cases, amf3Cases, text } from './amf.cases.ts'

const read0 = (wire: readonly number[]) => readAmf0(new ByteReader(Uint8Array.from(wire)))
const read3 = (wire: readonly number[]) =>
  new Amf3Reader(new ByteReader(Uint8Array.from(wire)), new AmfBudget()).value()

for (const c of amf0Cases) {
  test(`AMF0: ${c.name} is read${c.readOnly ? '' : ' and written'}`, () => {
    assert.deepEqual(read0(c.wire), [c.value])
    if (c.readOnly) return
    const w = new ByteWriter()
    writeAmf0(w, c.value)
    assert.deepEqual([...w.done()], c.wire)
  })
}
for (const c of amf3Cases) {
  test(`AMF3: ${c.name} is read${c.readOnly ? '' : ' and written'}`, () => {
    assert.deepEqual(read3(c.wire), c.value)
    if (c.readOnly) return
    const w = new ByteWriter()
    writeAmf3(w, c.value)
    assert.deepEqual([...w.done()], c.wire)
  })
}

test('AMF: a cut at any byte is malformed, never another crash', () => {
  for (const c of amf0Cases) {
    for (let length = 1; length < c.wire.length; length++) {
      assert.throws(() => read0(c.wire.slice(0, length)), MalformedError, `AMF0 ${c.name} cut at ${length}`)
    }
  }
  for (const c of amf3Cases) {
    for (let length = 0; length < c.wire.length; length++) {
      assert.throws(() => read3(c.wire.slice(0, length)), MalformedError, `AMF3 ${c.name} cut at ${length}`)
    }
  }
})

test('AMF0: a string of 65536 bytes is written as a long string and read again', () => {
  const long = 'x'.repeat(65_536)
  const w = new ByteWriter()
  writeAmf0(w, long)
  assert.equal(w.done()[0], 12)
  assert.deepEqual(read0([...w.done()]), [long])
})

const nested = (depth: number, open: readonly number[]): number[] => Array.from({ length: depth }, () => open).flat()
const hostile = [
  ['AMF0 nested too deep', () => read0([...nested(40, [10, 0, 0, 0, 1]), 5])],
  ['AMF3 nested too deep', () => read3([...nested(40, [9, 3, 1]), 1])],
  ['AMF3 nested too deep inside AMF0', () => read0([...nested(10, [10, 0, 0, 0, 1]), 17, ...nested(10, [9, 3, 1]), 1])],
  ['an AMF0 array of four billion values', () => read0([10, 0xff, 0xff, 0xff, 0xff, 5])],
  ['an AMF3 array of millions of values', () => read3([9, 0xff, 0xff, 0xff, 0xff, 1, 1])],
  ['an AMF3 vector of millions of numbers', () => read3([13, 0xff, 0xff, 0xff, 0xff, 0, 1])],
  ['an AMF0 string longer than the message', () => read0([2, 0xff, 0xff, 65])],
  ['too many values', () => read0(nested(5000, [5]))],
  ['an AMF0 object that contains itself', () => read0([3, 0, 1, ...text('x'), 7, 0, 0, 0, 0, 9])],
  ['an AMF3 array that contains itself', () => read3([9, 3, 1, 9, 0])],
  ['an AMF0 reference to nothing', () => read0([7, 0, 9])],
  ['an AMF3 string reference to nothing', () => read3([6, 2])],
  ['an AMF3 traits reference to nothing', () => read3([10, 5])],
  ['an externalizable AMF3 object', () => read3([10, 7, 3, 67])],
  ['an unknown AMF0 marker', () => read0([14])],
  ['an unknown AMF3 marker', () => read3([99])],
  [
    'references that repeat references',
    // Each array holds the one before twice: 2^20 values in 200 bytes.
    () =>
      read3([
        9,
        41,
        1,
        ...Array.from({ length: 20 }, (_, i) => [9, 5, 1, ...(i === 0 ? [1, 1] : [9, i * 2, 9, i * 2])]).flat(),
      ]),
  ],
] as const
for (const [name, read] of hostile) test(`AMF: ${name} is malformed`, () => assert.throws(read, MalformedError))

test('a command is read as it is written, and as an AMF3 command too', () => {
  const command = { name: 'publish', transactionId: 4, values: [null, 'sk_x', 'live'] }
  const payload = writeCommand(command)
  assert.deepEqual(readCommand(payload), command)
  assert.deepEqual(readCommand(Uint8Array.of(0, ...payload), true), command)
  assert.throws(() => readCommand(Uint8Array.of(3, ...payload), true), MalformedError)
  assert.throws(() => readCommand(Uint8Array.of(5)), /without a name/)
})
