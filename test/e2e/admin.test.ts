import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { Encoder } from '../light/encoder.ts'
import { ServerProcess } from '../light/server-process.ts'
import { faults } from './axe.ts'
import { desktop, launch, phone, type Visit, visit } from './browser.ts'

const KEY = 'sk_evensong_by_candlelight'
let server: ServerProcess
let browser: Browser
let adminToken: string
/** OBS as it comes: a key frame every 8.3 s. */
let obs: Encoder

before(async () => {
  browser = await launch()
  server = await ServerProcess.start({
    name: 'Linden Valley',
    yaml: `channels:\n  - { slug: choir, title: Evensong by candlelight, key: ${KEY} }\n`,
  })
  const firstRun = await readFile(`${server.dataDir}/first-run.txt`, 'utf8')
  adminToken = /Admin token\s+(\S+)/.exec(firstRun)?.[1] ?? ''
  obs = await Encoder.replay('obs', server.publishUrl('choir'))
  await server.live('choir')
})
after(async () => {
  await obs?.stop()
  await server?.stop()
  await browser?.close()
})

async function asAdmin(path: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const opened = await visit(browser, `${server.url}/`, options)
  const signedIn = await opened.page.request.post(`${server.url}/api/v1/session`, {
    data: { token: adminToken },
    headers: { origin: server.url },
  })
  assert.equal(signedIn.status(), 200)
  await opened.page.goto(`${server.url}${path}`)
  return opened
}

test('the overview tells what is on air, and leads to the figures of a channel', async () => {
  const { page, context, complaints } = await asAdmin('/admin')
  await page.getByRole('row', { name: /Evensong by candlelight/ }).waitFor()
  await page.getByText('Needs a look', { exact: true }).waitFor()
  await page.getByRole('heading', { level: 1, name: /One broadcast needs a look/ }).waitFor()
  await page.locator('.chart canvas').waitFor()
  await page.getByRole('meter', { name: 'Processor' }).waitFor()
  await page.getByRole('link', { name: 'Evensong by candlelight' }).click()
  await page.getByRole('heading', { level: 1, name: 'Evensong by candlelight' }).waitFor()
  assert.equal(new URL(page.url()).pathname, '/admin/channels/choir')
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the coach names the setting of OBS to change, to the streamer with the key as well', async () => {
  const { page, context, complaints } = await visit(browser, `${server.url}/studio?channel=choir`)
  const field = await page.getByLabel('Stream key').boundingBox()
  assert.ok((field?.height ?? 0) >= 44, 'its styles come with it, whichever page was first')
  await page.getByLabel('Stream key').fill('sk_of_somebody_else_entirely')
  await page.getByRole('button', { name: 'Show my stream' }).click()
  await page.getByText('This key doesn’t belong to this channel.').waitFor()
  await page.getByLabel('Stream key').fill(KEY)
  await page.getByRole('button', { name: 'Show my stream' }).click()
  const coach = page.getByRole('region', { name: 'Your stream needs a look' })
  await coach.getByText(/Newcomers start up to 8[.\d]* seconds behind/).waitFor()
  await coach.getByText('Keyframe Interval').first().waitFor()
  await coach.getByText('Change to: 2 s').waitFor()
  assert.equal(await page.getByText(KEY).count(), 0)
  assert.ok(!page.url().includes(KEY))
  assert.deepEqual(complaints, [])
  await context.close()
})

test('every chart has its figures as a table', async () => {
  const { page, context } = await asAdmin('/admin/channels/choir')
  const charts = page.locator('.chart')
  await charts.nth(4).locator('canvas').waitFor()
  for (const title of ['Arriving', 'Pictures a second', 'Key frames apart', 'Loudness', 'People watching']) {
    const chart = charts.filter({ has: page.getByRole('heading', { name: title }) })
    await chart.getByText('Show numbers').click()
    assert.ok((await chart.getByRole('row').count()) > 1, title)
  }
  await context.close()
})

test('what was done is in the log', async () => {
  const { page, context } = await asAdmin('/admin/log')
  const row = page.getByRole('row', { name: /session\.begin/ }).first()
  await row.getByText('Signed in', { exact: false }).waitFor()
  await row.getByText('Admin token or command line').waitFor()
  await context.close()
})

test('whoever is not signed in is led to sign in', async () => {
  for (const path of [
    '/admin',
    '/admin/channels',
    '/admin/channels/choir',
    '/admin/people',
    '/admin/sessions',
    '/admin/log',
  ]) {
    const { page, context } = await visit(browser, `${server.url}${path}`)
    await page.getByLabel('E-mail').waitFor()
    assert.equal(new URL(page.url()).pathname, '/sign-in')
    await context.close()
  }
})

test('the pages for admins and streamers have no faults that axe can see', async () => {
  for (const viewport of [desktop, phone]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, context } = await asAdmin('/admin', { viewport, colorScheme })
      for (const path of ['/admin', '/admin/channels/choir', '/admin/sessions', '/admin/log', '/studio']) {
        await page.goto(`${server.url}${path}`)
        await page.locator('.panel').first().waitFor()
        if (path === '/admin' || path === '/admin/channels/choir') await page.locator('.chart canvas').first().waitFor()
        assert.deepEqual(await faults(page), [], `${path} ${viewport.width} ${colorScheme}`)
        if (process.env.SHOTS)
          await page.screenshot({
            path: `${process.env.SHOTS}/admin${path.replaceAll('/', '-')}-${viewport.width}-${colorScheme}.png`,
            fullPage: true,
          })
      }
      await context.close()
    }
  }
})

test('who broadcasts and who is signed in is seen in one place, each with its end', async () => {
  const { page, context, complaints } = await asAdmin('/admin')
  const rosa = { email: 'rosa@example.org', password: 'correct horse battery' }
  const headers = { origin: server.url }
  const made = await page.request.post(`${server.url}/api/v1/people`, { data: { ...rosa, name: 'Rosa' }, headers })
  assert.equal(made.status(), 201)
  const other = await visit(browser, server.url)
  await other.page.request.post(`${server.url}/api/v1/session`, { data: rosa, headers })
  await other.page.goto(`${server.url}/you`)
  await other.page.getByRole('heading', { name: 'Rosa' }).waitFor()
  await page.getByRole('link', { name: 'Sessions' }).click()
  await page.getByRole('button', { name: /^Sign out Rosa/ }).click()
  await page.getByText('Rosa is signed out there').waitFor()
  await other.page.reload()
  await other.page.getByLabel('E-mail').waitFor()
  await page.getByRole('button', { name: 'End broadcast Evensong by candlelight' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End broadcast' }).click()
  await page.getByText('Nobody broadcasts right now.').waitFor()
  assert.deepEqual([...complaints, ...other.complaints], [])
  await Promise.all([context.close(), other.context.close()])
})
