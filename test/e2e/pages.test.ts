import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import type { Channel } from '../../src/contract/channel.ts'
import { faults } from './axe.ts'
import { desktop, launch, phone, until, viewIs, visit } from './browser.ts'
import { adminToken, FakeServer } from './fake-server.ts'
import { mirrorFaults } from './mirrored.ts'

const server = new FakeServer()
let browser: Browser

before(async () => {
  ;[browser] = await Promise.all([launch(), server.start()])
})
after(async () => {
  await browser?.close()
  await server.stop()
})

const anHourAgo = () => new Date(Date.now() - 3_600_000).toISOString()
const inSixDays = () => new Date(Date.now() + 6 * 86_400_000).toISOString()
const told = {
  description: `${'Evensong and concerts of the choir, from the old chapel. '.repeat(8)}\n\nCome and sing with us.`,
  ...{ language: 'en', tags: ['Choir', 'Evensong', 'Linden Valley'], accent: '#ffd400', logo: '/icons/icon-192.png' },
}
const inAMinute = () => new Date(Date.now() + 47_000).toISOString()

function people(): void {
  server.channels.clear()
  server.set('choir', {
    title: 'Evensong by candlelight',
    state: 'live',
    viewers: 268,
    startedAt: anHourAgo(),
    presentation: 'a',
  })
  server.set('council', {
    title: 'Town Council',
    state: 'reconnecting',
    viewers: 144,
    startedAt: anHourAgo(),
    presentation: 'a',
  })
  const next = { at: inSixDays(), title: 'Open day', minutes: 60 }
  server.set('school', { title: 'Hill School', nextBroadcast: next, logo: '/icons/icon-192.png' })
  server.set('rovers', { title: 'Linden Rovers', state: 'starting' })
}

type Shown = {
  readonly name: string
  readonly path: string
  readonly ready: string
  readonly set?: () => void
  readonly admin?: true
}

const watching = (name: string, view: string, change: Partial<Channel>): Shown => ({
  name: `watch, ${name}`,
  path: '/c/show',
  ready: `document.querySelector('[data-view]')?.dataset.view === '${view}'`,
  set: () => {
    server.channels.delete('show')
    server.set('show', { title: 'Evensong by candlelight', ...change })
  },
})

const nothing: Channel['playback'] = { hls: null, dash: null, flv: null, whep: null }

const pages: readonly Shown[] = [
  { name: 'home', path: '/', ready: `document.querySelector('.now h1')`, set: people },
  {
    name: 'home with nothing on air',
    path: '/',
    ready: `document.querySelector('.empty h1')`,
    set: () => {
      server.channels.clear()
      server.set('school', { title: 'Hill School' })
    },
  },
  {
    name: 'home without a channel',
    path: '/',
    ready: `document.querySelector('.empty .btn')`,
    set: () => server.channels.clear(),
  },
  watching('not on air', 'offline', {}),
  watching('not on air, with what comes next and all that is told', 'offline', {
    ...told,
    nextBroadcast: { at: inSixDays(), title: 'First Sunday of Advent', minutes: 90 },
  }),
  watching('not on air beside a chat, all told', 'offline', {
    ...told,
    chat: true,
    nextBroadcast: { at: inSixDays(), title: 'First Sunday of Advent', minutes: 90 },
  }),
  watching('just ended, with what comes next', 'over', {
    state: 'ended',
    endedAt: anHourAgo(),
    nextBroadcast: { at: inSixDays(), title: 'First Sunday of Advent', minutes: 90 },
  }),
  watching('starting', 'starting', { state: 'starting' }),
  watching('on its way', 'starting', { state: 'live', presentation: 'a', startedAt: anHourAgo(), viewers: 12 }),
  watching('nothing for browsers', 'no-picture', { state: 'live', startedAt: anHourAgo(), playback: nothing }),
  watching('not on air, and nothing for browsers', 'offline', { playback: nothing }),
  watching('encoder gone', 'reconnecting', {
    state: 'reconnecting',
    presentation: 'a',
    startedAt: anHourAgo(),
    graceEndsAt: inAMinute(),
  }),
  watching('over', 'over', { state: 'ended', endedAt: anHourAgo() }),
  {
    name: 'watch, no such channel',
    path: '/c/nobody',
    ready: `document.querySelector('[data-view]')?.dataset.view === 'missing'`,
  },
  { name: 'sign-in', path: '/sign-in', ready: `document.querySelector('form')` },
  { name: 'admin', path: '/admin/channels', ready: `document.querySelector('.rows li')`, set: people, admin: true },
  { name: 'an unknown path', path: '/nothing/here', ready: `document.querySelector('.empty h1')` },
]

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [device, viewport] of [
    ['phone', phone],
    ['desktop', desktop],
  ] as const) {
    test(`axe finds nothing, ${colorScheme}, ${device}`, async () => {
      const { page, context, complaints } = await visit(browser, `${server.url}/nothing`, {
        colorScheme,
        viewport,
        hasTouch: device === 'phone',
      })
      for (const { name, path, ready, set, admin } of pages) {
        set?.()
        if (admin) await page.request.post(`${server.url}/api/v1/session`, { data: { token: adminToken } })
        await page.goto(server.url + path)
        await until(page, ready)
        assert.deepEqual(await faults(page), [], name)
      }
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }
}

for (const [device, viewport] of [
  ['phone', phone],
  ['desktop', desktop],
] as const) {
  test(`every page can be read from right to left, ${device}`, async () => {
    const { page, context } = await visit(browser, `${server.url}/nothing`, { viewport, hasTouch: device === 'phone' })
    await context.addCookies([{ name: 'language', value: 'ar-XB', url: server.url }])
    for (const { name, path, ready, set, admin } of pages) {
      set?.()
      if (admin) await page.request.post(`${server.url}/api/v1/session`, { data: { token: adminToken } })
      await page.goto(server.url + path)
      await until(page, ready)
      assert.deepEqual(await mirrorFaults(page), [], name)
    }
    await page.goto(server.url)
    await page.locator('.foot button').click()
    await page.locator('dialog[open]').waitFor()
    assert.deepEqual(await mirrorFaults(page), [], 'language and look')
    await context.close()
  })
}

test('the page speaks the reader’s language, and keeps another one that was chosen', async () => {
  people()
  const { page, context, complaints } = await visit(browser, server.url, { locale: 'de-AT' })
  await page.getByRole('link', { name: 'Jetzt ansehen' }).waitFor()
  assert.deepEqual(await faults(page), [])
  assert.equal(await page.evaluate('document.documentElement.lang'), 'de')
  await page.getByRole('button', { name: 'Sprache und Aussehen' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sprache und Aussehen' })
  assert.deepEqual(await faults(page), [])
  await dialog.getByLabel('Dunkel').check()
  await until(page, `getComputedStyle(document.body).backgroundColor === 'rgb(12, 18, 17)'`)
  await dialog.getByText('English').click()
  await page.getByRole('link', { name: 'Watch now' }).waitFor()
  await page.goto(`${server.url}/c/choir`)
  await page.getByRole('button', { name: 'Share' }).waitFor()
  assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
  assert.deepEqual(complaints, [])
  await context.close()
})

test('home follows what goes on and off air without a reload', async () => {
  server.channels.clear()
  server.set('choir', { title: 'The choir' })
  const { page, context } = await visit(browser, server.url)
  await page.getByRole('heading', { name: 'Nothing is on air right now' }).waitFor()
  server.set('choir', { state: 'live', startedAt: anHourAgo(), presentation: 'a' })
  await page.getByRole('heading', { name: 'The choir', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Watch now' }).click()
  await until(page, `location.pathname === '/c/choir'`)
  await until(page, `document.title === 'The choir · Linden Valley'`)
  await page.goBack()
  await page.getByRole('link', { name: 'Watch now' }).waitFor()
  await context.close()
})

test('the first load of a watch page stays within 90 KB of compressed script besides hls.js, none of it inline', async () => {
  server.channels.clear()
  server.set('show', { title: 'Show' })
  const { page, context } = await visit(browser, 'about:blank')
  const loads: Promise<readonly [string, number]>[] = []
  page.on('response', (response) => {
    if (!response.url().endsWith('.js')) return
    loads.push(response.body().then((body) => [response.url(), gzipSync(body, { level: 9 }).length] as const))
  })
  await page.goto(`${server.url}/c/show`)
  await viewIs(page, 'offline')
  await page.waitForLoadState('networkidle')
  const sizes = await Promise.all(loads)
  const sum = (some: typeof sizes) => some.reduce((total, [, size]) => total + size, 0)
  assert.ok(
    sizes.some(([url]) => url.includes('/hls-')),
    'hls.js is a file of its own',
  )
  const own = sum(sizes.filter(([url]) => !url.includes('/hls-')))
  assert.ok(own <= 90_000, `${own} bytes of our own`)
  assert.equal(await page.locator('script:not([src], [type="application/json"])').count(), 0)
  await context.close()
})

test('the keyboard reaches everything in order, beginning with the way past the top', async () => {
  people()
  const { page, context } = await visit(browser, server.url)
  await page.getByRole('link', { name: 'Watch now' }).waitFor()
  const names: string[] = []
  for (let i = 0; i < 7; i += 1) {
    await page.keyboard.press('Tab')
    names.push(await page.evaluate<string>(`document.activeElement.textContent.trim()`))
  }
  assert.deepEqual(names, [
    'Skip to the content',
    'Linden Valley',
    'Home',
    'Sign in',
    'Watch now',
    'Share',
    'Town Council',
  ])
  await context.close()
})

test('what there is to share can be copied: the address, and a player for another site', async () => {
  people()
  const { page, context } = await visit(browser, `${server.url}/c/school`, {
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  await viewIs(page, 'offline')
  await page.getByRole('button', { name: 'Share' }).click()
  const dialog = page.getByRole('dialog', { name: 'Share Hill School' })
  await dialog.getByRole('button', { name: 'Copy: Link' }).click()
  await dialog.getByRole('button', { name: 'Copied: Link' }).waitFor()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), `${server.url}/c/school`)
  await dialog.getByRole('button', { name: 'Copy: Player' }).click()
  await dialog.getByRole('button', { name: 'Copied: Player' }).waitFor()
  const code = await page.evaluate<string>('navigator.clipboard.readText()')
  assert.match(code, new RegExp(`^<iframe src="${server.url}/embed/school" title="Hill School"`))
  assert.deepEqual(await faults(page), [])
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await context.close()
})

test('an admin signs in, makes a channel, sees its key once, rotates it, ends a broadcast and deletes', async () => {
  server.channels.clear()
  server.asked.length = 0
  const { page, context, complaints } = await visit(browser, `${server.url}/admin/channels`)
  await until(page, `location.pathname === '/sign-in'`)
  await page.getByRole('button', { name: 'Use the admin token' }).click()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Enter the admin token.').waitFor()
  await page.getByLabel('Admin token').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('This is not the admin token.').waitFor()
  await page.getByLabel('Admin token').fill(adminToken)
  await page.keyboard.press('Enter')
  await until(page, `location.pathname === '/admin/channels'`)
  await page.getByText('No channel yet.').waitFor()

  await page.getByLabel('Name').fill('Town Council')
  assert.equal(await page.getByLabel('Address').inputValue(), 'town-council')
  await page.getByRole('button', { name: 'Make channel' }).click()
  const made = page.getByRole('dialog', { name: 'Town Council is ready' })
  await made.getByText('sk_made_0123456789abcdef').waitFor()
  assert.deepEqual(await faults(page), [])
  await made.getByRole('button', { name: 'I have the key' }).click()
  await made.waitFor({ state: 'hidden' })
  // The dialog hides first; the key must go from the page with it, not merely out of sight.
  await page.getByText('sk_made').waitFor({ state: 'detached' })

  await page.getByLabel('Address').fill('town-council')
  await page.getByRole('button', { name: 'Make channel' }).click()
  await page.getByText('This address is taken.').waitFor()

  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByRole('button', { name: 'Make new key' }).click()
  await page.getByText('sk_rotated_0123456789abcdef').waitFor()
  await page.keyboard.press('Escape')

  server.set('town-council', { state: 'live', viewers: 3 })
  await page.getByRole('button', { name: 'End broadcast' }).click()
  await page
    .getByRole('dialog', { name: 'End the broadcast for 3 people?' })
    .getByRole('button', { name: 'End broadcast' })
    .click()
  await page.getByRole('status').getByText('Broadcast ended').waitFor()

  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete channel' }).click()
  await page.getByText('No channel yet.').waitFor()
  assert.deepEqual(
    server.asked.filter((line) => !line.includes('/session')),
    [
      'POST /channels',
      'POST /channels',
      'POST /channels/town-council/key',
      'POST /channels/town-council/end',
      'DELETE /channels/town-council',
    ],
  )
  await page.getByRole('button', { name: 'Sign out' }).click()
  await until(page, `location.pathname === '/'`)
  assert.deepEqual(complaints, [])
  await context.close()
})
