import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { PROBLEM_KINDS } from '../../../src/http/problem-kinds.ts'
import { areasLoaded, loadArea } from '../../../web/words/area.ts'
import { en } from '../../../web/words/en.ts'
import { english, languages, localeFor, pickLanguage, pseudo } from '../../../web/words/languages.ts'
import { setLocale } from '../../../web/words/locale.ts'
import { mirrored } from '../../../web/words/pseudo.ts'

const folder = join(import.meta.dirname, '../../../web/words')

const areas = readdirSync(join(folder, 'en')).map((file) => basename(file, '.ts'))
const textsOf = async (language: string): Promise<unknown> =>
  Object.assign({}, ...(await Promise.all(areas.map((area) => import(join(folder, language, `${area}.ts`))))))

test('every language has every area', () => {
  assert.deepEqual(readdirSync(join(folder, 'de')), readdirSync(join(folder, 'en')))
})

test('every area comes with the first page or with its own', async () => {
  const inFirst = areas.filter((area) => camel(area) in en)
  const later = areas.filter((area) => existsSync(join(folder, `${area}.ts`)))
  assert.deepEqual([...inFirst, ...later].sort(), areas)
  for (const area of later) {
    const { words } = (await import(join(folder, `${area}.ts`))) as { words: Record<string, unknown> }
    assert.deepEqual(Object.keys(words).sort(), [...Object.keys(en), camel(area)].sort())
  }
})

test('every language has every word, and none is empty where another isn’t', async () => {
  assert.deepEqual(shapeOf(await textsOf('de')), shapeOf(await textsOf('en')))
})

test('an area speaks the language of the page, or English when its words don’t arrive', async () => {
  const [german] = languages.filter(({ tag }) => tag === 'de')
  assert.ok(german)
  const taken: string[] = []
  const take = (text: string) => void taken.push(text)
  setLocale(german, ['de'])
  loadArea('Hello', async () => 'Hallo', take)
  loadArea('Hello', () => Promise.reject(new Error('gone')), take)
  await areasLoaded()
  assert.deepEqual(taken, ['Hallo'])
  setLocale(pseudo, ['de'])
  loadArea('Hello', async () => 'Hallo', take)
  await areasLoaded()
  assert.match(taken[1] ?? '', /^\u202eHeelloo?\u202c$/u)
  setLocale(english, ['en'])
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

function camel(area: string): string {
  return area.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

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

test('problems of the server have words in every language', () => {
  assert.deepEqual(Object.keys(en.errors.problems).sort(), Object.keys(PROBLEM_KINDS).sort())
})
