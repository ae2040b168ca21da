import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Cmcd, cmcdInQuery, parseCmcd } from '../../../../src/formats/cmcd/cmcd.ts'

const CASES: readonly { readonly what: string; readonly text: string; readonly wanted: Partial<Cmcd> }[] = [
  {
    what: 'as shaka-player sends it in the address',
    text: 'bl%3D21300%2Cbr%3D2500%2Cmtp%3D25400%2Cot%3Dv%2Csid%3D%226e2fb550%22%2Csu',
    wanted: { bufferMs: 21_300, throughputKbps: 25_400 },
  },
  {
    what: 'headers joined',
    text: 'bl=900,mtp=48100,bs',
    wanted: { bufferMs: 900, throughputKbps: 48_100, starved: true },
  },
  { what: 'nothing of use', text: 'sid="x",ot=m', wanted: {} },
  { what: 'nothing', text: '', wanted: {} },
  { what: 'a flag that says false', text: 'bs=false', wanted: {} },
  { what: 'blanks between', text: 'bl=100, mtp=5', wanted: { bufferMs: 100, throughputKbps: 5 } },
  { what: 'numbers that are none', text: 'bl=-5,mtp=1e9', wanted: {} },
  { what: 'a number beyond reason', text: `bl=${'9'.repeat(400)}`, wanted: {} },
  { what: 'a broken escape', text: 'bl=5%', wanted: {} },
  { what: 'far too much', text: `${'x=1,'.repeat(10_000)}bl=5`, wanted: {} },
]

for (const { what, text, wanted } of CASES) {
  test(`CMCD: ${what}`, () => {
    assert.deepEqual(parseCmcd(text), { bufferMs: undefined, starved: false, throughputKbps: undefined, ...wanted })
  })
}

test('the argument is found wherever it stands in the query, and nowhere else', () => {
  assert.equal(cmcdInQuery('CMCD=bs'), 'bs')
  assert.equal(cmcdInQuery('_HLS_msn=5&CMCD=bl%3D1&x=y'), 'bl%3D1')
  assert.equal(cmcdInQuery('XCMCD=bs'), undefined)
  assert.equal(cmcdInQuery('a=CMCD=bs'), undefined)
  assert.equal(cmcdInQuery(''), undefined)
})
