import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Browser } from 'playwright-core'
import type { Broadcast } from '../../src/contract/broadcast.ts'
import type { IngestReport } from '../../src/contract/insight.ts'
import { faults } from './axe.ts'
import { launch, phone, until, visit } from './browser.ts'
import type { FakePeople } from './fake-people.ts'
import { FakeServer, nothingArrives } from './fake-server.ts'
import { mirrorFaults } from './mirrored.ts'
import { visitAs } from './signed-in.ts'

// Where people broadcast from, and what admins do with people, against a server that speaks the contract and nothing more.

let browser: Browser
let server: FakeServer
let people: FakePeople

before(async () => {
  browser = await launch()
})
after(async () => {
  await browser?.close()
})
beforeEach(async (context) => {
  server = new FakeServer()
  people = server.people
  server.set('choir', { title: 'Evensong by candlelight' })
  people.keys.push({ id: 'k1', label: '', createdAt: '2026-11-01T10:00:00.000Z', lastUsedAt: null, onAir: false })
  await server.start()
  ;(context as { after: (act: () => Promise<void>) => void }).after(() => server.stop())
})

const since = '2026-11-01T10:00:00.000Z'

type Account = ReturnType<FakePeople['add']>
const as = (account: Account, path: string, options?: Parameters<typeof visit>[2]) =>
  visitAs(browser, server, account, path, options)

/** Somebody with a channel of their own. */
function owner() {
  const hal = people.add('Hal Greaves', 'streamer')
  people.channels.set('choir', [{ person: { id: hal.id, name: hal.name }, role: 'owner', since }])
  return hal
}

test('the owner of a channel reaches its set-up in three steps from home, and a key that is made is shown once', async () => {
  const { page, context, complaints } = await as(owner(), '/')
  await page.getByRole('button', { name: 'Your account, Hal Greaves' }).click()
  await page.getByRole('menuitem', { name: 'Studio' }).click()
  await page.getByRole('link', { name: /Evensong by candlelight/ }).click()
  await until(page, `location.pathname === '/studio/choir'`)
  await page.getByText('A key is shown only when it is made.').waitFor()
  await page.getByRole('button', { name: 'Make a key' }).click()
  await page.getByRole('button', { name: 'Make key' }).click()
  await page.getByText('Say what it is for.').waitFor()
  await page.getByLabel('What it is for').fill('Camera in the hall')
  await page.getByRole('button', { name: 'Make key' }).click()
  const shown = page.getByRole('dialog', { name: 'The key “Camera in the hall”' })
  await shown.getByText('sk_made_0123456789abcdef').waitFor()
  await shown.getByRole('button', { name: 'I have the key' }).click()
  // The set-up has it, with a code to scan, until the page is left.
  await page.getByText('rtmp://127.0.0.1/live/sk_made_0123456789abcdef').waitFor()
  await page.getByRole('button', { name: 'Revoke First key' }).click()
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await page.getByText('The key is revoked').waitFor()
  assert.deepEqual(
    people.keys.map(({ label }) => label),
    ['Camera in the hall'],
  )
  await page.reload()
  await page.getByText('A key is shown only when it is made.').waitFor()
  assert.equal(await page.getByText('sk_made').count(), 0)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the connection is tested: nothing arrives, then a picture with what to change', async () => {
  const { page, context } = await as(owner(), '/studio/choir')
  await page.getByRole('button', { name: 'Test my connection' }).click()
  await page.getByText('Waiting for your picture').waitFor()
  const report: IngestReport = {
    ...nothingArrives('choir'),
    ...{ state: 'live', verdict: 'look', startedAt: since, encoder: 'obs' },
    video: {
      ...{ codec: 'H.264', width: 1280, height: 720, framesPerSecond: 30, keyFrameSeconds: 8.3 },
      ...{ bFrames: false, bitrate: 4e6 },
    },
    advice: [{ kind: 'key-frames-too-far', severity: 'look', found: '8.3', wanted: '2', since }],
  }
  server.reports.set('choir', report)
  await page.getByText('Picture: 1280 × 720, 30 a second').waitFor()
  await page.getByText(/Newcomers start up to 8.3 seconds behind. What to change is below/).waitFor()
  await page.getByRole('region', { name: 'Your stream needs a look' }).waitFor()
  await context.close()
})

test('who streams sees which pictures viewers can choose, and why there are fewer', async () => {
  const { page, context, complaints } = await as(owner(), '/studio/choir')
  const report: IngestReport = {
    ...nothingArrives('choir'),
    ...{ state: 'live', startedAt: since, encoder: 'obs' },
    video: {
      ...{ codec: 'H.264', width: 1280, height: 720, framesPerSecond: 30, keyFrameSeconds: 2 },
      ...{ bFrames: false, bitrate: 2.5e6 },
    },
    audio: { codec: 'AAC', sampleRate: 48_000, channels: 2, bitrate: 128_000 },
    ladder: {
      ...{
        state: 'limited',
        missing: null,
        ladder: '480p',
        encoder: 'libx264',
        position: null,
        lagMs: 40,
        restarts: 0,
        steps: 1,
      },
      rungs: [
        {
          name: '480p',
          width: 854,
          height: 480,
          framesPerSecond: 30,
          bitrate: 1_200_000,
          running: false,
          rest: 'limited',
        },
        { name: '360p', width: 640, height: 360, framesPerSecond: 30, bitrate: 700_000, running: true, rest: null },
      ],
    },
  }
  server.reports.set('choir', report)
  await page.getByRole('button', { name: 'Test my connection' }).click()
  const card = page.getByRole('region', { name: 'What viewers can choose' })
  await card.getByText('This box is busy').waitFor()
  assert.deepEqual(
    (await card.getByRole('listitem').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim()),
    [
      'As it comes 1280 × 720 2.5 Mbit/s',
      '480p 854 × 480 pauses',
      '360p 640 × 360 0.7 Mbit/s',
      'Sound alone 0.1 Mbit/s',
    ],
  )
  server.reports.set('choir', { ...report, ladder: { ...report.ladder, state: 'waiting', position: 2 } })
  await card.getByText('number 2 in line').waitFor()
  const asleep = report.ladder.rungs.map((rung) => ({ ...rung, running: false, rest: 'asleep' as const }))
  server.reports.set('choir', { ...report, ladder: { ...report.ladder, state: 'asleep', rungs: asleep } })
  await card.getByText('Nothing is made meanwhile').waitFor()
  assert.equal(await card.getByText('asleep until somebody watches').count(), 2)
  const missing = { what: 'ffmpeg', todo: 'Install it.' } as const
  server.reports.set('choir', { ...report, ladder: { ...report.ladder, state: 'failed', missing, rungs: [] } })
  await card.getByText('apt install ffmpeg').waitFor()
  assert.deepEqual(await faults(page), [])
  assert.deepEqual(complaints, [])
  await context.close()
})

test('what a channel is and who belongs to it is changed where it is set up, and viewers read it', async () => {
  const rosa = people.add('Rosa Lindqvist')
  const ines = people.add('Ines Marlow', 'admin')
  owner()
  const { page, context, complaints } = await as(ines, '/studio/choir')
  await page.getByLabel('Description').fill('Sung by the choir')
  await page.getByLabel('Tags').fill('music, choir, music')
  await page.getByRole('button', { name: 'Save' }).first().click()
  await page.getByText('Saved').waitFor()
  assert.deepEqual(server.channels.get('choir')?.tags, ['music', 'choir'])
  await page.getByLabel('A date is set').check()
  await page.getByLabel('What it is').fill('Second Sunday of Advent')
  await page.getByLabel('When, where you are').fill('2099-12-06T18:00')
  await page.getByRole('button', { name: 'Save' }).nth(1).click()
  await until(page, `document.querySelector('[role=status]') !== null`)

  await page.getByRole('button', { name: 'Add somebody' }).click()
  await page.getByLabel('Name or e-mail').fill('ros')
  await page.getByRole('button', { name: 'Add Rosa Lindqvist' }).click()
  await page.getByText('Rosa Lindqvist is a member now').waitFor()
  await page.getByLabel('Role of Hal Greaves').selectOption('moderator')
  await page.getByText('A channel has an owner.').waitFor()
  assert.equal(await page.getByLabel('Role of Hal Greaves').inputValue(), 'owner', 'the list shows what is in force')
  await page.getByLabel('Role of Rosa Lindqvist').selectOption('owner')
  await page.getByText('Rosa Lindqvist: Owner').waitFor()
  assert.deepEqual(people.channels.get('choir')?.find(({ person }) => person.id === rosa.id)?.role, 'owner')

  await page.goto(`${server.url}/c/choir`)
  await page.getByText('Sung by the choir').waitFor()
  await page.getByText('Next: Second Sunday of Advent').first().waitFor()
  assert.deepEqual(await faults(page), [])
  assert.deepEqual(complaints, [])
  await context.close()
})

test('what was broadcast is three steps from home, and is forgotten when its owner says so', async () => {
  const item = (id: string, title: string): Broadcast => ({
    ...{ id, title, startedAt: since, endedAt: '2026-11-01T11:00:00.000Z', seconds: 3600 },
    ...{ peakViewers: 41, totalViewers: 120, chatMessages: 12, droppedFrames: 0, reconnects: 2, health: 'look' },
  })
  people.broadcasts.push(item('b2', 'Evensong'), item('b1', 'Town hall'))
  const { page, context, complaints } = await as(owner(), '/studio/choir')
  const row = (title: string) => page.getByRole('row', { name: new RegExp(title) })
  await row('Evensong').getByText('120 in all').waitFor()
  // On air the figures of now are in their place, and the way to them is still there.
  server.reports.set('choir', { ...nothingArrives('choir'), state: 'live', startedAt: since, encoder: 'obs' })
  await row('Evensong').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Members' }).click()
  await until(
    page,
    `location.hash === '#h-members' && document.querySelector('#h-members').getBoundingClientRect().top < innerHeight`,
  )
  await page.getByRole('link', { name: 'Broadcasts so far' }).click()
  await row('Evensong').getByText('Needs a look').waitFor()
  await row('Evensong').getByText('came back 2 times').waitFor()
  assert.deepEqual(await faults(page), [])
  await page.getByRole('button', { name: /^Forget Evensong/ }).click()
  await page.getByRole('dialog', { name: 'Forget “Evensong”?' }).getByRole('button', { name: 'Forget' }).click()
  await row('Evensong').waitFor({ state: 'detached' })
  assert.deepEqual(
    people.broadcasts.map(({ id }) => id),
    ['b1'],
  )
  assert.deepEqual(complaints, [])
  await context.close()
})

test('what people are called, or call their things, is text on every page that shows it', async () => {
  const [script, image] = [`<script>globalThis.hacked=1</script>`, `"><img src=x onerror=globalThis.hacked=1>`]
  const ines = people.add('Ines Marlow', 'admin')
  const rosa = people.add(image, 'streamer', { email: 'rosa@example.org' })
  server.set('choir', { title: image, description: script, tags: [script] })
  people.channels.set('choir', [{ person: { id: rosa.id, name: image }, role: 'owner', since }])
  people.keys.push({ id: 'k2', label: script, createdAt: since, lastUsedAt: null, onAir: false })
  const device = { address: script, createdAt: since, lastUsedAt: since, current: false }
  people.devices.push({ id: 'd1', agent: image, ...device })
  people.broadcasts.push({
    ...{ id: 'b1', title: image, startedAt: since, endedAt: since, seconds: 1, peakViewers: 0, totalViewers: 0 },
    ...{ chatMessages: 0, droppedFrames: 0, reconnects: 0, health: null },
  })
  const { page, context, complaints } = await visit(browser, 'about:blank')
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  const look = async (at: string, what: string) => {
    await page.goto(server.url + at)
    await page.getByText(what).first().waitFor()
    assert.equal(await page.evaluate('globalThis.hacked'), undefined, at)
    assert.equal(await page.locator('main :is(script, img[src="x"])').count(), 0, at)
  }
  await context.addCookies([{ ...people.cookieOf(ines), url: server.url }])
  for (const at of ['/admin/people', `/admin/people/${rosa.id}`, '/admin/sessions', '/admin/channels'])
    await look(at, image)
  await context.addCookies([{ ...people.cookieOf(rosa), url: server.url }])
  for (const at of ['/', '/c/choir', '/studio', '/studio/choir', '/studio/choir/broadcasts', '/you'])
    await look(at, image)
  assert.deepEqual(
    asked.filter((url) => url.endsWith('/x')),
    [],
  )
  assert.deepEqual(complaints, [])
  await context.close()
})

test('who has no channel is told how to get one, and a key alone still opens the stream’s health', async () => {
  const { page, context } = await as(people.add('Rosa'), '/studio')
  await page.getByRole('heading', { name: 'You have no channel yet' }).waitFor()
  await page.getByRole('button', { name: 'I only have a stream key' }).click()
  await page.getByLabel('Stream key').waitFor()
  await page.goto(`${server.url}/studio/choir`)
  await page.getByRole('heading', { name: 'This channel is not yours' }).waitFor()
  await context.close()
})

test('an admin finds people, changes what they may, signs them out, disables, and invites', async () => {
  const ines = people.add('Ines Marlow', 'admin')
  const hal = people.add('Hal Greaves', 'streamer')
  people.add('Rosa Lindqvist')
  people.devices.push({
    id: 'd1',
    agent: 'Safari on iPhone',
    address: '192.0.2.0',
    createdAt: since,
    lastUsedAt: since,
    current: false,
  })
  const { page, context, complaints } = await as(ines, '/admin/people')
  await page.getByRole('row', { name: /Rosa Lindqvist/ }).waitFor()
  await page.getByRole('button', { name: 'Streamers' }).click()
  await page.getByRole('row', { name: /Rosa Lindqvist/ }).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: /Hal Greaves/ }).click()
  await page.getByRole('button', { name: 'Sign out Safari on iPhone' }).click()
  await page.getByText('Signed in nowhere.').waitFor()
  await page.getByLabel(/Viewer/).check()
  await page.getByText('Hal Greaves: Viewer').waitFor()
  await page.getByRole('button', { name: 'Disable account' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
  await page.getByText('This account is disabled: nobody can sign in with it.').first().waitFor()
  assert.deepEqual([hal.role, hal.disabled], ['viewer', true])
  await page.goto(`${server.url}/admin/people/${ines.id}`)
  // Not check(): it would click again where the page has put the choice back already.
  await page.getByLabel(/Streamer/).click()
  await page.getByText('This is the last admin.').waitFor()
  await page.getByRole('radio', { name: /^Admin/, checked: true }).waitFor()
  await page.goto(`${server.url}/admin/people`)
  await page.getByRole('button', { name: 'Invite' }).click()
  await page.getByLabel('E-mail', { exact: true }).fill('mirela@example.org')
  await page.getByRole('button', { name: 'Make the link' }).click()
  await page.getByText(`${server.url}/invitation#t=`).waitFor()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Take back mirela@example.org' }).click()
  await page.getByText('The invitation is taken back').waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

for (const [look, options] of [
  ['light, desktop', { colorScheme: 'light' }],
  ['dark, phone', { colorScheme: 'dark', viewport: phone }],
  ['from right to left, phone', { colorScheme: 'light', viewport: phone }],
] as const) {
  test(`axe finds nothing in the studio and among people, ${look}`, async () => {
    const turned = look.startsWith('from')
    const ines = people.add('Ines Marlow', 'admin')
    const hal = owner()
    const { page, context, complaints } = await visit(browser, 'about:blank', options)
    await context.addCookies([{ ...people.cookieOf(ines), url: server.url }])
    if (turned) await context.addCookies([{ name: 'language', value: 'ar-XB', url: server.url }])
    for (const [path, ready] of [
      ['/studio', '.panel'],
      ['/studio/choir', '.member-role'],
      ['/admin/people', '.fold tbody tr'],
      [`/admin/people/${hal.id}`, '.own-head'],
    ] as const) {
      await page.goto(server.url + path)
      await page.locator(ready).first().waitFor()
      assert.deepEqual(turned ? await mirrorFaults(page) : await faults(page), [], path)
    }
    assert.deepEqual(complaints, [])
    await context.close()
  })
}
