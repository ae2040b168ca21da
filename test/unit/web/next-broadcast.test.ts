import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nextBroadcast } from '../../../web/watch/next-broadcast.ts'
import { until, weekdayAndTime } from '../../../web/words/format.ts'
import { english, languages } from '../../../web/words/languages.ts'
import { setLocale } from '../../../web/words/locale.ts'

const AT = '2026-11-29T09:00:00.000Z'
const MINUTE = 60_000
const atMs = Date.parse(AT)
const zone = process.env.TZ

before(() => {
  process.env.TZ = 'Europe/Vienna'
})
after(() => {
  process.env.TZ = zone
  setLocale(english, ['en'])
})

test('what is announced is expected for half an hour after its time, and no longer than it was planned to be', () => {
  const next = (minutes: number, afterMs: number) =>
    nextBroadcast({ nextBroadcast: { at: AT, title: 'First Sunday', minutes } }, atMs + afterMs)
  assert.deepEqual(next(90, -1), { title: 'First Sunday', at: AT, late: false })
  assert.equal(next(90, 0)?.late, true)
  assert.equal(next(90, 30 * MINUTE - 1)?.late, true)
  assert.equal(next(90, 30 * MINUTE), null)
  assert.equal(next(10, 10 * MINUTE), null)
  assert.equal(nextBroadcast({ nextBroadcast: null }, atMs), null)
  assert.equal(nextBroadcast(null, atMs), null)
})

test('a date is said as the reader says it, with the year only when it is another', () => {
  setLocale(english, ['en-GB'])
  assert.match(weekdayAndTime(AT, atMs), /^Sunday,? 29 November at 10:00$/)
  assert.match(weekdayAndTime('2027-01-03T09:00:00Z', atMs), /3 January 2027/)
  const [german] = languages.filter(({ tag }) => tag === 'de')
  assert.ok(german)
  setLocale(german, ['de-AT'])
  assert.match(weekdayAndTime(AT, atMs), /^Sonntag, 29\. November um 10:00/)
})

test('how far off it is counts days of the calendar, then hours, then minutes', () => {
  setLocale(english, ['en-GB'])
  const from = (iso: string) => until(atMs, Date.parse(iso))
  assert.equal(from('2026-11-23T22:00:00Z'), 'in 6 days')
  assert.equal(from('2026-11-28T22:59:00Z'), 'tomorrow')
  assert.equal(from('2026-11-28T23:01:00Z'), 'in 10 hours')
  assert.equal(from('2026-11-29T08:35:00Z'), 'in 25 minutes')
  assert.equal(from('2026-11-29T08:59:59Z'), 'in 1 minute')
})
