import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ChannelDetails,
  type ChannelDetailsInput,
  detailsChange,
  isOver,
  NO_DETAILS,
} from '../../../../src/accounts/channels/channel-details.ts'
import { InvalidFieldError } from '../../../../src/base/invalid-field-error.ts'

const NOW = Date.parse('2026-11-27T10:00:00Z')
const BEFORE: ChannelDetails = { ...NO_DETAILS, title: 'Choir' }
const SUNDAY = { at: '2026-11-29T10:00:00+01:00', title: 'First Sunday of Advent', minutes: 90 }

const change = (input: ChannelDetailsInput, before = BEFORE) => detailsChange(before, input, NOW)
const refused = (path: string) => (error: unknown) => error instanceof InvalidFieldError && error.path === path

test('what is left out stays, and what is the same is no change', () => {
  assert.deepEqual(change({}), {})
  assert.deepEqual(change({ title: ' Choir ', description: '', tags: [], accent: null }), {})
  assert.deepEqual(change({ title: 'The choir', accent: '#FFD400' }), { title: 'The choir', accent: '#ffd400' })
})

test('a description keeps its lines and can hide nothing', () => {
  const { description } = change({
    description: '\r\n Sundays  \r\rat\u2028ten\u202e\u200b\n\n\n\nCome \u{1f469}\u200d\u{1f3a4}! ',
  })
  assert.equal(description, 'Sundays\n\nat\nten\n\nCome \u{1f469}\u200d\u{1f3a4}!')
  assert.throws(() => change({ description: 'x'.repeat(2001) }), refused('description'))
})

test('a language is told in its canonical form', () => {
  assert.deepEqual(change({ language: 'PT-br' }), { language: 'pt-BR' })
  assert.deepEqual(change({ language: 'cmn' }), { language: 'zh' })
  assert.deepEqual(change({ language: null }, { ...BEFORE, language: 'de' }), { language: null })
  for (const language of ['', 'german!', 'de_DE', 'x'.repeat(40), '-de']) {
    assert.throws(() => change({ language }), refused('language'), language)
  }
})

test('tags are ten at most, each once, in the spelling that came first', () => {
  assert.deepEqual(change({ tags: [' Choir', 'music', 'CHOIR'] }), { tags: ['Choir', 'music'] })
  assert.throws(() => change({ tags: Array.from({ length: 11 }, (_, n) => `t${n}`) }), refused('tags'))
  assert.throws(() => change({ tags: ['fine', ' \u200b'] }), refused('tags.1'))
  assert.throws(() => change({ tags: ['x'.repeat(31)] }), refused('tags.0'))
})

test('a colour is six hexadecimal digits and nothing that a style could run', () => {
  for (const accent of ['', 'red', '#fff', '#ffd40', '#ffd4000', 'url(x)', '#ffd400;'])
    assert.throws(() => change({ accent }), refused('accent'), accent)
})

test('an announced broadcast is one event whatever is changed of it, until it is over', () => {
  const { next } = change({ nextBroadcast: SUNDAY })
  assert.ok(next)
  assert.deepEqual([next.atMs, next.revision, next.minutes], [Date.parse('2026-11-29T09:00:00Z'), 0, 90])
  const before = { ...BEFORE, next }
  assert.deepEqual(change({ nextBroadcast: SUNDAY }, before), {}, 'the same again is no revision')
  const { next: later } = detailsChange(before, { nextBroadcast: { ...SUNDAY, minutes: 60 } }, NOW + 1000)
  assert.deepEqual([later?.id, later?.revision, later?.changedAtMs], [next.id, 1, NOW + 1000])
  const over = next.atMs + 90 * 60_000
  assert.deepEqual([isOver(next, over - 1), isOver(next, over)], [false, true])
  const second = { ...SUNDAY, at: '2026-12-06T10:00:00+01:00' }
  const { next: another } = detailsChange(before, { nextBroadcast: second }, over)
  assert.notEqual(another?.id, next.id)
  assert.equal(another?.revision, 0)
  assert.deepEqual(change({ nextBroadcast: null }, before), { next: null })
})

test('what is over already, too far ahead or endless is not announced', () => {
  for (const [wrong, path] of [
    [{ at: '2026-11-27T08:00:00Z' }, 'nextBroadcast.at'],
    [{ at: '2226-11-27T08:00:00Z' }, 'nextBroadcast.at'],
    [{ at: 'on Sunday' }, 'nextBroadcast.at'],
    [{ title: '\u200b' }, 'nextBroadcast.title'],
    [{ minutes: 0 }, 'nextBroadcast.minutes'],
    [{ minutes: 1441 }, 'nextBroadcast.minutes'],
  ] as const) {
    assert.throws(() => change({ nextBroadcast: { ...SUNDAY, ...wrong } }), refused(path), JSON.stringify(wrong))
  }
  assert.ok(change({ nextBroadcast: { ...SUNDAY, at: '2026-11-27T09:30:00Z' } }).next, 'it should be on now')
})
