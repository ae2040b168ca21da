import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Announcer } from '../../../web/chat/announcer.ts'
import { mentionAt, namesFor, withMention } from '../../../web/chat/mention.ts'
import { mentions, rowsOf, type Shown } from '../../../web/chat/messages.ts'
import { ReactionTally } from '../../../web/chat/reaction-tally.ts'
import { textParts } from '../../../web/chat/text-parts.ts'
import { HOSTILE_TEXTS } from '../../light/hostile-texts.ts'

const links = (text: string) => textParts(text).flatMap(({ href }) => (href === null ? [] : [href]))

test('addresses of the web become links, without the sentence around them', () => {
  assert.deepEqual(links('See https://linden.example/words, or (http://linden.example/a?b=c#d).'), [
    'https://linden.example/words',
    'http://linden.example/a?b=c#d',
  ])
  assert.deepEqual(links('linden.example and mail@linden.example are words'), [])
})

test('no other scheme, no name or password before the host, no direction marks become a link', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,x',
    'https://bank.example@evil.example/',
    'file:///etc/passwd',
    'https://',
    'xhttps://evil.example',
  ]) {
    assert.deepEqual(links(text), [], text)
  }
  assert.deepEqual(links('https://a.example/\u202egpj.exe'), ['https://a.example/'])
})

test('whatever the text, its parts are the text', () => {
  for (const { text } of HOSTILE_TEXTS) {
    assert.equal(
      textParts(text)
        .map((part) => part.text)
        .join(''),
      text,
    )
  }
})

test('ten minutes of silence draw the time, and removed messages that stand together are one line', () => {
  const at = (minute: number, seq: number, removed = false): Shown => {
    const iso = new Date(Date.UTC(2026, 10, 22, 19, minute)).toISOString()
    return { seq, from: { id: 'a', name: 'a', role: 'guest' }, text: '', at: iso, removed }
  }
  const rows = rowsOf([at(0, 1), at(9, 2), at(19, 3), at(19, 4, true), at(19, 5, true), at(20, 6), at(20, 7, true)])
  assert.deepEqual(
    rows.map((row) => (row.kind === 'gone' ? row.count : row.kind)),
    ['message', 'message', 'time', 'message', 2, 'message', 1],
  )
})

test('a name is called by the whole of it', () => {
  assert.ok(mentions('hello @rosa!', 'Rosa'))
  assert.ok(mentions('@Rosa Delgado: yes', 'Rosa Delgado'))
  assert.ok(!mentions('@Rosamunde', 'Rosa'))
  assert.ok(!mentions('rosa', 'Rosa'))
  assert.ok(!mentions('@', ''))
})

test('an own reaction counts once, though the server counts it too', () => {
  const tally = new ReactionTally()
  assert.ok(tally.press('heart', 0))
  assert.deepEqual(tally.others({ heart: 3, star: 1 }, 100), [
    ['heart', 2],
    ['star', 1],
  ])
  assert.deepEqual(tally.others({ heart: 3 }, 200), [['heart', 3]])
  for (let i = 0; i < 10; i += 1) tally.press('candle', 300)
  assert.equal(tally.press('candle', 400), false, 'so many are not sent')
  assert.deepEqual(tally.others({ candle: 2 }, 60_000), [['candle', 2]], 'one that was never counted is forgotten')
})

test('above twenty messages a minute only their number is read out', () => {
  const announcer = new Announcer()
  announcer.arrived(20, 0)
  assert.equal(announcer.fast(0), false)
  announcer.arrived(1, 1000)
  announcer.arrived(14, 2000)
  assert.equal(announcer.fast(2000), true)
  assert.equal(announcer.summary(), 15)
  assert.equal(announcer.summary(), 0)
  assert.equal(announcer.fast(62_001), false)
})

test('an @ at the beginning of a word begins a name, as far as the caret', () => {
  assert.deepEqual(mentionAt('@', 1), { at: 0, query: '' })
  assert.deepEqual(mentionAt('hello @ro and more', 9), { at: 6, query: 'ro' })
  assert.deepEqual(mentionAt('@rosa del', 9), { at: 0, query: 'rosa del' })
  for (const [text, caret] of [
    ...([
      ['rosa@example.org', 16],
      ['@rosa', 0],
      ['hello', 5],
      ['@ rosa', 6],
      [`@${'x'.repeat(99)}`, 100],
    ] as const),
  ])
    assert.equal(mentionAt(text, caret), null, text)
  assert.deepEqual(withMention('hi @ro, you', 6, { at: 3, query: 'ro' }, 'Rosa'), { text: 'hi @Rosa , you', caret: 9 })
  assert.deepEqual(withMention('hi @ro you', 6, { at: 3, query: 'ro' }, 'Rosa'), { text: 'hi @Rosa you', caret: 9 })
})

test('names are those of who wrote, the last first, by the beginning of any of their words', () => {
  const wrote = (id: string, name: string, removed = false): Shown => ({
    ...{ seq: 1, text: 'x', at: '2026-11-01T10:00:00.000Z', removed, from: { id, name, role: 'guest' } },
  })
  const log = [
    wrote('1', 'Rosa Delgado'),
    wrote('2', 'Dora'),
    wrote('1', 'Rosa Delgado'),
    wrote('3', 'Me'),
    wrote('4', ''),
  ]
  assert.deepEqual(namesFor('', log, '3'), ['Rosa Delgado', 'Dora'])
  assert.deepEqual(namesFor('D', log, '3'), ['Rosa Delgado', 'Dora'])
  assert.deepEqual(namesFor('do', log, '3'), ['Dora'])
  assert.deepEqual(namesFor('osa', log, '3'), [])
  assert.deepEqual(namesFor('', [wrote('9', 'Gone', true)], '3'), [])
  assert.equal(
    namesFor(
      'n',
      Array.from({ length: 50 }, (_, i) => wrote(`${i}`, `n${i}`)),
      '',
    ).length,
    6,
  )
})
