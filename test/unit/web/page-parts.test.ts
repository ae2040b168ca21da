import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tint } from '../../../src/contract/tint.ts'
import { suggestSlug } from '../../../web/admin/suggest-slug.ts'
import { backoff } from '../../../web/api/backoff.ts'
import { routeOf, wayBack } from '../../../web/app/route.ts'
import { ServerClock } from '../../../web/player/server-clock.ts'
import { sliderWish, wishOf } from '../../../web/watch/keys.ts'
import { ago, clock, count, delay, initials } from '../../../web/words/format.ts'

test('paths name pages', () => {
  assert.deepEqual(routeOf('/'), { page: 'home' })
  assert.deepEqual(routeOf('/c/choir'), { page: 'watch', slug: 'choir' })
  assert.deepEqual(routeOf('/c/choir/'), { page: 'watch', slug: 'choir' })
  assert.deepEqual(routeOf('/admin'), { page: 'admin' })
  assert.deepEqual(routeOf('/sign-in'), { page: 'sign-in' })
  assert.deepEqual(routeOf('/studio/choir'), { page: 'studio-channel', slug: 'choir' })
  assert.deepEqual(routeOf('/studio/choir/broadcasts'), { page: 'studio-broadcasts', slug: 'choir' })
  assert.deepEqual(routeOf('/admin/sessions'), { page: 'admin-sessions' })
  assert.deepEqual(routeOf('/admin/people/p_1-x'), { page: 'admin-person', id: 'p_1-x' })
  for (const path of [
    '/c/',
    '/constructor',
    '/admin/people/a/b',
    '/c/Choir',
    '/c/../x',
    '/c/a/b',
    '/c/a/broadcasts',
    '/nothing',
  ])
    assert.equal(routeOf(path).page, 'missing')
})

test('after signing in a page of ours follows, whatever the address says', () => {
  const to = (wanted: string | null) => wayBack(wanted, 'https://live.example')
  assert.equal(to('/c/choir?t=1#chat'), '/c/choir?t=1#chat')
  assert.equal(to('/admin/people'), '/admin/people')
  assert.equal(to('/c/../admin'), '/admin')
  const others = [
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    'evil',
  ]
  for (const wanted of [null, '', ...others, '/sign-in?to=/x', '/reset', '/nothing', '/@evil.example'])
    assert.equal(to(wanted), '/', String(wanted))
})

test('waiting between tries doubles, is bounded and spread', () => {
  assert.deepEqual(
    [0, 1, 2, 9, 99].map((tries) => backoff(tries, 0.5)),
    [400, 800, 1600, 8000, 8000],
  )
  assert.equal(backoff(0, 0), 240)
  assert.equal(backoff(0, 1), 560)
})

test('the server’s clock comes from the answer that travelled the shortest', () => {
  const server = new ServerClock()
  const off = () => Math.round((server.now() - Date.now()) / 100) * 100
  server.message(1000, 9000)
  assert.equal(off(), 8000)
  server.answer(1000, 1400, 6200)
  assert.equal(off(), 5000)
  server.answer(2000, 3000, 4500)
  assert.equal(off(), 5000, 'a slower answer says less')
  server.message(5000, 9000)
  assert.equal(off(), 5000, 'a message says less than an answer')
  server.stale()
  server.answer(2000, 3000, 5500)
  assert.equal(off(), 3000)
})

test('an answer that is no time changes nothing', () => {
  const server = new ServerClock()
  server.answer(0, 10, Number.NaN)
  assert.ok(Math.abs(server.now() - Date.now()) < 50)
})

const press = (key: string, shiftKey = false) => ({ key, shiftKey, ctrlKey: false, metaKey: false, altKey: false })

test('keys mean what the list says', () => {
  assert.deepEqual(wishOf(press(' '), true), { do: 'toggle' })
  assert.deepEqual(wishOf(press('k'), true), { do: 'toggle' })
  assert.deepEqual(wishOf(press('ArrowLeft'), true), { do: 'seek', seconds: -10 })
  assert.deepEqual(wishOf(press('j'), true), { do: 'seek', seconds: -30 })
  assert.deepEqual(wishOf(press('L', true), true), { do: 'live' })
  assert.deepEqual(wishOf(press('End'), true), { do: 'live' })
  assert.deepEqual(wishOf(press('?', true), true), { do: 'help' })
  assert.deepEqual(wishOf(press('ArrowRight', true), true), { do: 'seek', seconds: 5 })
  assert.equal(wishOf(press('Home', true), true), null)
  assert.deepEqual(wishOf(press('7'), true), { do: 'share', share: 0.7 })
  assert.equal(wishOf(press('7'), false), null)
  assert.equal(wishOf(press('x'), true), null)
})

test('letter keys can be switched off, named keys stay', () => {
  assert.equal(wishOf(press('k'), false), null)
  assert.equal(wishOf(press('?', true), false), null)
  assert.deepEqual(wishOf(press(' '), false), { do: 'toggle' })
})

test('keys with Ctrl, Alt or Meta belong to the browser', () => {
  assert.equal(wishOf({ ...press('p'), ctrlKey: true }, true), null)
  assert.equal(wishOf({ ...press('ArrowLeft'), altKey: true }, true), null)
})

test('numbers and times are written for people', () => {
  assert.deepEqual([2, 1204, 12_340].map(count), ['2', '1,204', '12.3K'])
  assert.deepEqual([0, 61, 3725].map(clock), ['0:00', '1:01', '1:02:05'])
  assert.deepEqual([1.14, 14.4, 60, 80.2].map(delay), ['1.1 s', '14 s', '1 min', '1 min 20 s'])
  const now = Date.parse('2026-11-22T12:00:00Z')
  assert.deepEqual(
    [20_000, 41 * 60_000, 3 * 3_600_000, 72 * 3_600_000].map((age) => ago(now - age, now)),
    ['just now', '41 minutes ago', '3 hours ago', '3 days ago'],
  )
  assert.deepEqual(['Linden Valley Choir', 'council', 'Ana <i>', ''].map(initials), ['LC', 'C', 'AI', ''])
})

test('a name has one tint, and names differ', () => {
  assert.equal(tint('Town Council'), tint('Town Council'))
  const tints = new Set(
    ['Town Council', 'Hill School', 'Linden Rovers', 'Rowing Club', 'Library Talks', 'Choir'].map(tint),
  )
  assert.ok(tints.size >= 3)
})

test('an address is made of a name', () => {
  assert.equal(suggestSlug('Café Paris'), 'cafe-paris')
  assert.equal(suggestSlug('  Sunday — 10:00! '), 'sunday-10-00')
  assert.equal(suggestSlug('東京'), '')
})

test('on the seek bar the keys of a slider move it, and the others stay the player’s', () => {
  assert.deepEqual(sliderWish(press('ArrowUp')), { do: 'seek', seconds: 10 })
  assert.deepEqual(sliderWish(press('PageDown')), { do: 'seek', seconds: -60 })
  assert.equal(sliderWish(press('ArrowUp', true)), null)
  assert.equal(sliderWish(press('ArrowLeft')), null)
})
