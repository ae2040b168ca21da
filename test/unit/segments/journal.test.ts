import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { encodeRecord, readJournal } from '../../../src/segments/journal.ts'
import { asRecord } from '../../../src/segments/journal-record.ts'
import { RECORDS } from './journal.cases.ts'

const whole = Buffer.concat(RECORDS.map(encodeRecord))

test('a journal is read as it was written', () => {
  assert.deepEqual(readJournal(whole), { records: RECORDS, length: whole.byteLength, damage: undefined })
  assert.deepEqual(readJournal(Buffer.alloc(0)), { records: [], length: 0, damage: undefined })
})

test('cut at any byte, what was whole before the cut is read, and the rest is a torn record', () => {
  let end = 0
  const ends = [0, ...RECORDS.map((record) => (end += encodeRecord(record).byteLength))]
  for (let length = 0; length < whole.byteLength; length++) {
    const count = ends.findLastIndex((each) => each <= length)
    const read = readJournal(whole.subarray(0, length))
    assert.deepEqual(read.records, RECORDS.slice(0, count), `cut at ${length}`)
    assert.equal(read.damage, ends[count] === length ? undefined : 'torn', `cut at ${length}`)
  }
})

test('a byte that changed is found, wherever it is', () => {
  for (let at = 0; at < whole.byteLength; at++) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 0x11
    const { records, damage } = readJournal(changed)
    assert.notEqual(damage, undefined, `byte ${at}`)
    assert.deepEqual(records, RECORDS.slice(0, records.length), `byte ${at}`)
  }
})

test('a file that grew and was never filled ends with a torn record', () => {
  const { records, damage } = readJournal(Buffer.concat([whole, Buffer.alloc(4096)]))
  assert.deepEqual({ count: records.length, damage }, { count: RECORDS.length, damage: 'torn' })
})

test('what this version does not write is no record', () => {
  const made = (text: string): Buffer => {
    const body = Buffer.from(text)
    const head = Buffer.alloc(8)
    head.writeUInt32BE(body.byteLength, 0)
    head.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([head, body])
  }
  for (const text of [
    '',
    'no JSON',
    'null',
    '[]',
    '{}',
    '{"type":"else"}',
    '{"type":"toString"}',
    '{"type":"close"}',
  ]) {
    const { records } = readJournal(Buffer.concat([made(text), whole]))
    assert.deepEqual(records, [], text)
  }
})

test('every field of every record is looked at', () => {
  for (const record of RECORDS) {
    assert.deepEqual(asRecord(structuredClone(record)), record)
    for (const name of Object.keys(record)) {
      for (const wrong of [undefined, null, -1, Number.NaN, '../up', [], {}]) {
        if (name === 'value' && wrong !== undefined) continue
        if (name === 'time' && wrong === -1) continue
        if (['startedAt', 'at', 'time'].includes(name) && wrong === -1) continue
        assert.equal(asRecord({ ...record, [name]: wrong }), undefined, `${record.type}.${name} ${String(wrong)}`)
      }
    }
  }
})

test('a record that no reader would take is not written', () => {
  assert.throws(() => encodeRecord({ type: 'note', name: 'long', value: 'x'.repeat(1 << 20) }), RangeError)
})
