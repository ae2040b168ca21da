import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import ICAL from 'ical.js'
import { type CalendarEvent, calendarText, escapeText, foldLine } from '../../../../src/formats/ical/calendar.ts'

const EVENT: CalendarEvent = {
  uid: 'f3c2@streamhost',
  sequence: 3,
  revisedAtMs: Date.parse('2026-11-20T08:00:00.500Z'),
  startsAtMs: Date.parse('2026-11-29T09:00:00Z'),
  minutes: 90,
  summary: 'First Sunday; with choir, and brass',
  description: 'One\nTwo \\ three',
  url: 'https://live.example.org/c/choir',
  categories: ['choir, mixed', 'music'],
}

/** What an independent reader makes of it. */
function readBack(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[] as never)
  const events = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component))
  return { calendar, events }
}

test('an announcement is read by others as it was meant', () => {
  const { calendar, events } = readBack(calendarText({ name: 'Linden Valley: choir', events: [EVENT] }))
  assert.equal(calendar.getFirstPropertyValue('version'), '2.0')
  assert.equal(calendar.getFirstPropertyValue('x-wr-calname'), 'Linden Valley: choir')
  const [event] = events
  assert.ok(event)
  assert.deepEqual([event.uid, event.sequence, event.summary], [EVENT.uid, 3, EVENT.summary])
  assert.equal(event.description, EVENT.description)
  assert.equal(event.startDate.toJSDate().getTime(), EVENT.startsAtMs)
  assert.equal(event.endDate.toJSDate().getTime(), EVENT.startsAtMs + 90 * 60_000)
  assert.equal(event.component.getFirstPropertyValue('url'), EVENT.url)
  assert.deepEqual(event.component.getFirstProperty('categories')?.getValues(), EVENT.categories)
  assert.equal(String(event.component.getFirstPropertyValue('dtstamp')), '2026-11-20T08:00:00Z')
})

test('a calendar with nothing announced is still one', () => {
  const { calendar, events } = readBack(calendarText({ name: 'Choir', events: [] }))
  assert.equal(events.length, 0)
  assert.equal(calendar.getAllSubcomponents().length, 1)
})

test('lines end in CRLF, are 75 octets at most, and no character is cut in two', () => {
  const summary = `Ä${'ö€😀'.repeat(60)}`
  const text = calendarText({ name: 'x'.repeat(300), events: [{ ...EVENT, summary }] })
  assert.ok(text.endsWith('END:VCALENDAR\r\n'))
  assert.equal(text.replaceAll('\r\n', '').search(/[\r\n]/), -1)
  for (const line of text.split('\r\n')) {
    assert.ok(Buffer.byteLength(line) <= 75, line)
    assert.ok(!line.includes('\ufffd') && line.isWellFormed())
  }
  assert.equal(readBack(text).events[0]?.summary, summary)
  assert.equal(foldLine('x'.repeat(75)), 'x'.repeat(75))
  assert.equal(foldLine('x'.repeat(76)), `${'x'.repeat(75)}\r\n x`)
})

test('whatever a title or a description says, it adds nothing to the calendar and comes back as it was', () => {
  const text = fc.string({ unit: fc.constantFrom(...'\n\r;,:\\nN"ä😀\u0000\u001b BEGIN:VEVENT\t'), maxLength: 200 })
  fc.assert(
    fc.property(text, text, (summary, description) => {
      const { calendar, events } = readBack(
        calendarText({ name: summary, events: [{ ...EVENT, summary, description }] }),
      )
      assert.equal(calendar.getAllSubcomponents().length, 1)
      const plain = (said: string) =>
        said.replace(/\r\n?/g, '\n').replace(/\p{Cc}/gu, (sign) => (sign === '\n' || sign === '\t' ? sign : ''))
      assert.equal(events[0]?.summary ?? '', plain(summary))
      assert.equal(events[0]?.description ?? '', plain(description))
    }),
    { numRuns: 300 },
  )
  assert.equal(escapeText('a\u0007b'), 'ab')
})
