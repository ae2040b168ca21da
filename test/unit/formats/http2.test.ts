import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MalformedError } from '../../../src/base/errors.ts'
import { HpackDecoder } from '../../../src/formats/http2/hpack-decoder.ts'
import { encodeFields, encodeStatus } from '../../../src/formats/http2/hpack-encoder.ts'

function decode(decoder: HpackDecoder, hex: string): string[] {
  const lines: string[] = []
  decoder.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'), (name, value) => lines.push(`${name}: ${value}`))
  return lines
}

describe('HPACK', () => {
  const FIRST = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com']
  const THIRD = [
    ...[':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com'],
    'custom-key: custom-value',
  ]

  test('reads the requests of RFC 7541 C.3, without Huffman', () => {
    const decoder = new HpackDecoder()
    assert.deepEqual(decode(decoder, '828684410f7777772e6578616d706c652e636f6d'), FIRST)
    assert.deepEqual(decode(decoder, '828684be58086e6f2d6361636865'), [...FIRST, 'cache-control: no-cache'])
    assert.deepEqual(decode(decoder, '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565'), THIRD)
  })

  test('reads the requests of RFC 7541 C.4, with Huffman', () => {
    const decoder = new HpackDecoder()
    assert.deepEqual(decode(decoder, '828684418cf1e3c2e5f23a6ba0ab90f4ff'), FIRST)
    assert.deepEqual(decode(decoder, '828684be5886a8eb10649cbf'), [...FIRST, 'cache-control: no-cache'])
    assert.deepEqual(decode(decoder, '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf'), THIRD)
  })

  test('forgets the oldest when the table is full, as RFC 7541 C.5 has it', () => {
    const decoder = new HpackDecoder(256)
    decode(
      decoder,
      '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
    )
    assert.deepEqual(decode(decoder, '4803333037c1c0bf'), [
      ...[':status: 307', 'cache-control: private', 'date: Mon, 21 Oct 2013 20:13:21 GMT'],
      'location: https://www.example.com',
    ])
  })

  test('reads what it writes, whatever the text', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      maxLength: 300,
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (fields) => {
        const lines: string[] = []
        new HpackDecoder().decode(Buffer.concat([encodeStatus(206), encodeFields(fields.flat())]), (name, value) =>
          lines.push(name, value),
        )
        assert.deepEqual(lines, [':status', '206', ...fields.flat()])
      }),
    )
  })

  test('answers whatever bytes with fields or as malformed, and keeps its table within its size', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (blocks) => {
        const decoder = new HpackDecoder(128)
        try {
          for (const block of blocks) decoder.decode(block, () => {})
        } catch (error) {
          assert.ok(error instanceof MalformedError, String(error))
        }
      }),
    )
  })

  for (const [name, hex] of [
    ['an index of nothing', '80'],
    ['an index beyond the table', 'ff00'],
    ['an integer without end', 'ffffffffffffffff'],
    ['a string longer than the block', '000561'],
    ['a larger table than was allowed', '3fe2ff03'],
    ['a change of the table behind a field', '8220'],
    ['a Huffman string padded with zeros', '0081f080'],
    ['a Huffman string with its end in it', '0084ffffffff00'],
  ] as const) {
    test(`is malformed with ${name}`, () => {
      assert.throws(() => decode(new HpackDecoder(), hex), MalformedError)
    })
  }
})
