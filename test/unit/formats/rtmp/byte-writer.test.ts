import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader } from '../../../../src/base/byte-reader.ts'
import { ByteWriter } from '../../../../src/formats/rtmp/byte-writer.ts'

test('every kind of write may be the one that makes the buffer grow', () => {
  const writes: readonly ((w: ByteWriter) => ByteWriter)[] = [
    (w) => w.u8(1),
    (w) => w.u16(1),
    (w) => w.u24(1),
    (w) => w.u32(1),
    (w) => w.u32le(1),
    (w) => w.f64(1),
    (w) => w.bytes(Uint8Array.of(1, 2, 3)),
  ]
  for (const write of writes) {
    const expected = [...write(new ByteWriter()).done()]
    for (let capacity = 0; capacity < 9; capacity++) {
      assert.deepEqual([...write(new ByteWriter(capacity)).done()], expected)
    }
  }
})

test('numbers are read as they were written', () => {
  const w = new ByteWriter(0).u8(0xfe).u16(0xfedc).u24(0xfedcba).u32(0xfedcba98).u32le(0xfedcba98).f64(-0.5)
  const r = new ByteReader(w.done())
  assert.deepEqual(
    [r.u8(), r.u16(), r.u24(), r.u32(), r.u32le(), r.f64()],
    [0xfe, 0xfedc, 0xfedcba, 0xfedcba98, 0xfedcba98, -0.5],
  )
})
