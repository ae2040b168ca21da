import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type Ladder, LadderOrigin, makeLadder } from '../light/ladder-origin.ts'
import { until as eventually } from '../light/server-process.ts'
import { launch, playing, stats, until, visit } from './browser.ts'
import { FakeServer } from './fake-server.ts'

const server = new FakeServer()
const parts = new AsyncDisposableStack()
let browser: Browser
let ladder: Ladder

before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-ladder-'))
  parts.defer(() => rm(folder, { recursive: true, force: true }))
  ;[browser, ladder] = await Promise.all([launch(), makeLadder(folder), server.start()])
})
after(async () => {
  await browser?.close()
  await server.stop()
  await parts.disposeAsync()
})

function onAir(slug: string, late: readonly string[] = []): LadderOrigin {
  const origin = new LadderOrigin(ladder)
  parts.defer(() => origin.stop())
  origin.start(late)
  server.origins.set(slug, origin)
  const video = { width: 640, height: 360 }
  server.set(slug, { state: 'live', presentation: 'first', video, startedAt: new Date().toISOString() })
  return origin
}

const height = (page: Page, lines: number): Promise<void> =>
  until(page, `document.querySelector('video').videoHeight === ${lines}`)

async function menu(page: Page) {
  const dialog = page.getByRole('dialog', { name: 'Quality' })
  if (!(await dialog.isVisible())) await page.keyboard.press('q')
  return (name: RegExp) => dialog.getByRole('menuitemradio', { name })
}

test('every quality is in the menu by its size, is played when it is chosen, and says what stands in for it', async (t) => {
  const origin = onAir('choir')
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`)
  await playing(page)
  await until(page, `document.querySelector('[data-menu="quality"]')`)
  await (await menu(page))(/^360p\s*as sent/).waitFor()
  await (await menu(page))(/^144p, saves data/).click()
  await height(page, 144)
  await (await menu(page))(/^240p/).click()
  await height(page, 240)
  origin.pause('240p')
  await height(page, 144)
  await (await menu(page))(/^240p\s*now 144p/).waitFor()
  origin.resume('240p')
  await height(page, 240)
  await (await menu(page))(/^360p/).click()
  await height(page, 360)
  await (await menu(page))(/^Automatic/).click()
  const figures = await stats(page)
  t.diagnostic(JSON.stringify(figures))
  assert.equal(figures.reloads, 0, 'nothing was loaded anew')
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a quality that comes while one watches makes nobody load anew, is in the menu when it is opened, and is taken in its first seconds', async () => {
  const origin = onAir('talks', ['240p'])
  const { page, context } = await visit(browser, `${server.url}/c/talks`)
  await playing(page)
  await until(page, `document.querySelector('[data-menu="quality"]')`)
  origin.resume('240p')
  const offered = async () => (await (await fetch(`${server.url}/live/talks/index.m3u8`)).text()).includes('240p')
  await eventually(offered, 60_000, 'the quality is not listed')
  assert.equal((await stats(page)).reloads, 0)
  await (await menu(page))(/^240p/).click()
  await height(page, 240)
  await playing(page)
  await context.close()
})

test('who comes again begins with what the connection carried the last time', async () => {
  onAir('news')
  const { page, context } = await visit(browser, `${server.url}/c/news`)
  await page.evaluate(`localStorage.setItem('rate', '250000 ' + Date.now())`)
  await page.reload()
  const first = `performance.getEntriesByType('resource').map(({ name }) => /news\\/(source|240p|144p)\\.m3u8/.exec(name)?.[1]).find(Boolean)`
  await until(page, first)
  assert.equal(await page.evaluate(first), '144p')
  await context.close()
})
