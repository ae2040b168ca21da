import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { de } from '../../../web/words/de.ts'
import { en } from '../../../web/words/en.ts'
import { english, languages, localeFor, pickLanguage, pseudo } from '../../../web/words/languages.ts'
import { mirrored } from '../../../web/words/pseudo.ts'

const folder = join(import.meta.dirname, '../../../web/words')

test('every language has every area', () => {
  assert.deepEqual(readdirSync(join(folder, 'de')), readdirSync(join(folder, 'en')))
  assert.deepEqual(readdirSync(join(folder, 'en')).length, Object.keys(en).length)
})

test('every language has every word, and none is empty where another isn’t', () => {
  assert.deepEqual(shapeOf(de), shapeOf(en))
})

test('the reader’s choice comes before what the browser says, and English stands in', () => {
  const tag = (asked: (string | null)[], wanted: string[]) => pickLanguage(asked, wanted).tag
  assert.equal(tag([null, null], ['de-AT', 'en']), 'de')
  assert.equal(tag([null, null], ['fr', 'de', 'en']), 'de')
  assert.equal(tag([null, 'en'], ['de-AT']), 'en')
  assert.equal(tag(['de', 'en'], ['en']), 'de')
  assert.equal(tag(['xx', null], ['fr']), 'en')
  assert.equal(tag([pseudo.tag], []), pseudo.tag)
  assert.equal(tag([null], [pseudo.tag]), 'en', 'nobody’s browser asks for it')
})

test('numbers and dates are written as in the reader’s country', () => {
  const german = languages.find((language) => language.tag === 'de') ?? english
  assert.equal(localeFor(german, ['en-GB', 'de-CH']), 'de-CH')
  assert.equal(localeFor(german, ['en-GB']), 'de')
  assert.equal(localeFor(pseudo, ['ar-EG']), 'en')
})

test('the mirrored language has the shape of the catalogue and turns what functions return', () => {
  const words = mirrored(en)
  assert.deepEqual(shapeOf(words), shapeOf(en))
  assert.match(words.watch.over.title('Choir'), /^\u202e.*\u202c$/u)
})

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, shapeOf(inner)]),
    )
  }
  return typeof value === 'string' ? (value === '' ? 'empty' : 'text') : typeof value
}
