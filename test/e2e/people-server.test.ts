import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { ChatPage } from '../light/chat-page.ts'
import { until as eventually, ServerProcess } from '../light/server-process.ts'
import { launch, until, visit } from './browser.ts'

// The whole way, with the real server: from the link of the first run to somebody who was invited and broadcasts.

const password = 'correct horse battery'
let server: ServerProcess
let browser: Browser

before(async () => {
  browser = await launch()
  server = await ServerProcess.start({ name: 'Linden Valley' })
})
after(async () => {
  await server?.stop()
  await browser?.close()
})

test('the first run’s link makes an admin, who invites a streamer, who makes a channel and a key', async () => {
  const firstRun = await readFile(`${server.dataDir}/first-run.txt`, 'utf8')
  const link = /\/invitation#t=\S+/.exec(firstRun)?.[0] ?? ''
  const admin = await visit(browser, server.url + link)
  await admin.page.getByLabel('Your name').fill('Ines Marlow')
  await admin.page.getByLabel('E-mail').fill('ines@example.org')
  await admin.page.getByLabel('Password', { exact: true }).fill(password)
  await admin.page.keyboard.press('Enter')
  await until(admin.page, `location.pathname === '/admin/channels'`)
  await admin.page.goto(`${server.url}/admin/people`)
  await admin.page.getByRole('button', { name: 'Invite' }).click()
  await admin.page.getByLabel('E-mail', { exact: true }).fill('hal@example.org')
  await admin.page.getByLabel(/^Streamer/).check()
  await admin.page.getByRole('button', { name: 'Make the link' }).click()
  const invitation = await admin.page.locator('dialog output').textContent()

  const streamer = await visit(browser, invitation ?? '')
  await streamer.page.getByText('Ines Marlow invites you.').waitFor()
  await streamer.page.getByLabel('Your name').fill('Hal Greaves')
  await streamer.page.getByLabel('Password', { exact: true }).fill(password)
  await streamer.page.keyboard.press('Enter')
  await until(streamer.page, `location.pathname === '/studio'`)
  await streamer.page.getByLabel('Name').fill('Evensong')
  await streamer.page.getByRole('button', { name: 'Make channel' }).click()
  await streamer.page.getByText(/^sk_/).waitFor()
  await streamer.page.getByRole('button', { name: 'I have the key' }).click()
  await until(streamer.page, `location.pathname === '/studio/evensong'`)
  await streamer.page.getByText('Hal Greaves', { exact: true }).waitFor()

  // Whom an owner finds by name: who wrote in their chat, and nobody else.
  const cookie = (await admin.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const { page: chat } = await ChatPage.join(server.url, 'evensong', {}, { cookie, origin: server.url })
  assert.equal((await chat.say('Good evening')).type, 'said')
  await chat[Symbol.asyncDispose]()
  const known = async (query: string) => {
    const path = `/api/v1/channels/evensong/known-people?query=${query}`
    return (await (await streamer.page.request.get(server.url + path)).json()).items.length
  }
  await eventually(async () => (await known('ines')) === 1, 30_000, 'who wrote is not found')
  await streamer.page.getByRole('button', { name: 'Add somebody' }).click()
  await streamer.page.getByRole('searchbox', { name: 'Name' }).fill('tom')
  await streamer.page.getByText('Nobody fits.').waitFor()
  await streamer.page.getByRole('searchbox', { name: 'Name' }).fill('INES')
  await streamer.page.getByRole('button', { name: 'Add Ines Marlow' }).click()
  await streamer.page.getByText('Ines Marlow is a member now').waitFor()
  await streamer.page.getByLabel('Role of Ines Marlow').waitFor()

  // Signed out from afar, and in again.
  await admin.page.goto(`${server.url}/admin/people`)
  await admin.page.getByRole('link', { name: /Hal Greaves/ }).click()
  await admin.page.getByRole('button', { name: /^Sign out ./ }).click()
  await admin.page.getByText('Signed in nowhere.').waitFor()
  await streamer.page.goto(`${server.url}/you`)
  await until(streamer.page, `location.pathname === '/sign-in'`)
  await streamer.page.getByLabel('E-mail').fill('hal@example.org')
  await streamer.page.getByLabel('Password', { exact: true }).fill(password)
  await streamer.page.keyboard.press('Enter')
  await until(streamer.page, `location.pathname === '/you'`)
  await streamer.page.getByText('This device').waitFor()
  assert.deepEqual([...admin.complaints, ...streamer.complaints], [])
  await Promise.all([admin.context.close(), streamer.context.close()])
})

test('where a browser has no locks, two tabs that renew their session at once both stay signed in', async () => {
  const headers = { origin: server.url }
  // As over plain HTTP, where there are none.
  const script = `Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })`
  const { page, context, complaints } = await visit(browser, server.url, { script })
  const ines = { email: 'ines@example.org', password }
  assert.equal((await page.request.post(`${server.url}/api/v1/session`, { data: ines, headers })).status(), 200)
  const other = await context.newPage()
  const refreshes: Promise<number>[] = []
  for (const each of [page, other]) {
    each.on('response', (answer) => {
      if (answer.url().endsWith('/session/refresh')) refreshes.push(Promise.resolve(answer.status()))
    })
  }
  for (let round = 1; round <= 3; round++) {
    // The short proof is over; the one that renews it is there.
    await context.clearCookies({ name: 'streamhost_access' })
    await Promise.all([page, other].map((each) => each.goto(`${server.url}/you`)))
    await Promise.all([page, other].map((each) => each.getByRole('heading', { name: 'Ines Marlow' }).waitFor()))
  }
  assert.ok(refreshes.length >= 3)
  assert.deepEqual(new Set(await Promise.all(refreshes)), new Set([200]))
  assert.deepEqual(complaints, [])
  await context.close()
})
