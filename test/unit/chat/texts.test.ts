import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plainText } from '../../../src/base/plain-text.ts'
import { ReservedNames, readName } from '../../../src/chat/names.ts'
import { FALSE_NAMES, FRIENDLY_TEXTS, HOSTILE_TEXTS, MARKUP } from '../../light/hostile-texts.ts'

const UNSEEN =
  /[\p{Cc}\p{Co}\p{Noncharacter_Code_Point}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u

function assertPlain(text: string): void {
  assert.doesNotMatch(text, UNSEEN)
  assert.doesNotMatch(text, /^\s|\s$|\s\s/)
  assert.doesNotMatch(text, /\p{M}{7}/u)
  assert.ok(text.isWellFormed())
  assert.equal(plainText(text), text, 'a plain text stays what it is')
}

for (const { name, text } of HOSTILE_TEXTS) {
  test(`nothing hides in ${name}`, () => assertPlain(plainText(text)))
}

test('markup is text, and stays what was written', () => {
  for (const { text } of MARKUP) {
    const seen = text.replace(/[\s\p{Cc}]+/gu, '')
    assert.equal(plainText(text).replace(/ /g, ''), seen)
  }
})

for (const { name, text } of FRIENDLY_TEXTS) {
  test(`what is no hostility comes through: ${name}`, () => assert.equal(plainText(text), text.normalize('NFC')))
}

test('whatever is written, what is shown is plain', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => assertPlain(plainText(text))),
    { numRuns: 400 },
  )
})

const reserved = new ReservedNames(['Linden Valley'])

for (const { name, text } of FALSE_NAMES) {
  test(`no guest has a name that looks like a role: ${name}`, () => {
    const read = readName(text)
    assert.ok(read === undefined || reserved.has(read), `${text} is ${read?.text}`)
  })
}

test('the operator’s names and the channel’s title are nobody’s', () => {
  const has = (text: string) => {
    const name = readName(text)
    return name === undefined || reserved.has(name, ['Main Hall'])
  }
  for (const text of ['Linden Valley', 'LINDEN-VALLEY', 'L1nden Va11ey', 'Main Hall', 'ＭＡＩＮ hall'])
    assert.ok(has(text), text)
  for (const text of ['Linden', 'Main', 'Anna', 'Badminton fan', 'Hall of Main', 'Ghost', 'Jürgen', '田中', '🌻']) {
    assert.ok(!has(text), text)
  }
})

test('names that look alike share what they look like', () => {
  const looks = (text: string) => new Set(readName(text)?.looks)
  const alike = (a: string, b: string) => looks(a).intersection(looks(b)).size > 0
  for (const [a, b] of [
    ['Anna', 'anna'],
    ['Anna', 'Ànna'],
    ['Anna', 'A n n a'],
    ['Anna', 'Ａｎｎａ'],
    ['Anna', 'Аппа'],
    ['Paul', 'PauI'],
    ['Paul', 'Pau1'],
    ['Norman', 'Norrnan'],
    ['Anna', 'Ann@'],
    ['Zoë', 'Zoe'],
  ] as const) {
    assert.ok(alike(a, b), `${a} and ${b}`)
  }
  for (const [a, b] of [
    ['Anna', 'Anne'],
    ['Anna', 'Anna B'],
    ['🌻', '🌼'],
  ] as const) {
    assert.ok(!alike(a, b), `${a} and ${b}`)
  }
})

test('what can’t be a name is none', () => {
  for (const text of ['', '   ', '\u200b\u2060', '...', 'x'.repeat(33), 'Annа\u0020B', '\u0301\u0302']) {
    assert.equal(readName(text), undefined, JSON.stringify(text))
  }
  assert.equal(readName('  Anna \n B ')?.text, 'Anna B')
})
