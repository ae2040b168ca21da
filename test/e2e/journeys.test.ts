import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launch, phone, visit } from './browser.ts'
import { FakeServer } from './fake-server.ts'
import { visitAs } from './signed-in.ts'

// Every journey of people begins within three taps of home, on a phone.

let browser: Browser
const server = new FakeServer()
const { people } = server
const hal = people.add('Hal', 'streamer')
const ines = people.add('Ines', 'admin')

before(async () => {
  ;[browser] = await Promise.all([launch(), server.start()])
  server.set('choir', { title: 'Evensong', chat: true })
  server.signUp = 'open'
  const since = '2026-11-01T10:00:00.000Z'
  people.channels.set('choir', [{ person: { id: hal.id, name: hal.name }, role: 'owner', since }])
})
after(async () => {
  await browser?.close()
  await server.stop()
})

type Tap = (page: Page) => ReturnType<Page['locator']>
const link =
  (name: string | RegExp): Tap =>
  (page) =>
    page.getByRole('link', { name }).first()
const button =
  (name: string | RegExp): Tap =>
  (page) =>
    page.getByRole('button', { name }).first()
const item =
  (name: string): Tap =>
  (page) =>
    page.getByRole('menuitem', { name })
const field =
  (name: string): Tap =>
  (page) =>
    page.getByLabel(name).first()
const heading =
  (name: string): Tap =>
  (page) =>
    page.getByRole('heading', { name }).first()

/** Who goes, what they tap, and what is there then. */
const JOURNEYS: readonly (readonly [what: string, who: typeof hal | null, taps: readonly Tap[], then: Tap])[] = [
  ['sign in', null, [link('Sign in')], field('Password')],
  ['make an account', null, [link('Sign in'), link('Make one')], heading('Make an account')],
  ['a forgotten password', null, [link('Sign in'), link('Forgot it?')], button('Send the link')],
  ['write in a chat', null, [link(/Evensong/)], field('Message')],
  ['follow a channel', hal, [link(/Evensong/)], button('Follow')],
  ['one’s name, password, devices, tokens, watched', hal, [button(/^Your account/), item('You')], heading('Watched')],
  ['make a channel', hal, [button(/^Your account/), item('Studio')], button('Make channel')],
  ['a stream key', hal, [button(/^Your account/), item('Studio'), link(/Evensong/)], button('Make a key')],
  [
    'test the connection',
    hal,
    [button(/^Your account/), item('Studio'), link(/Evensong/)],
    button('Test my connection'),
  ],
  ['past broadcasts', hal, [button(/^Your account/), item('Studio'), link(/Evensong/)], heading('Broadcasts so far')],
  ['members', hal, [button(/^Your account/), item('Studio'), link(/Evensong/)], button('Add somebody')],
  ['sign out', hal, [button(/^Your account/)], item('Sign out')],
  ['invite', ines, [link('Admin'), link('People')], button('Invite')],
  ['somebody’s role', ines, [link('Admin'), link('People'), link(/^Hal/)], heading('What they may do')],
  ['sign others out', ines, [link('Admin'), link('Sessions')], heading('Signed in')],
  ['the log', ines, [link('Admin'), link('Log')], heading('Log')],
]

for (const [what, who, taps, then] of JOURNEYS) {
  test(`${what}: ${taps.length} of three taps from home`, async () => {
    assert.ok(taps.length <= 3)
    const options = { viewport: phone, hasTouch: true }
    const { page, context } = await (who === null
      ? visit(browser, server.url, options)
      : visitAs(browser, server, who, '/', options))
    for (const tap of taps) await tap(page).tap()
    await then(page).waitFor()
    await context.close()
  })
}
