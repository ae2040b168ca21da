import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { faults } from './axe.ts'
import { desktop, launch, phone, playing, stats, until, viewIs, visit } from './browser.ts'
import { FakeServer } from './fake-server.ts'
import { LlOrigin, type OriginOptions } from './ll-origin.ts'
import { makeSource, type Source } from './ll-source.ts'
import { mirrorFaults } from './mirrored.ts'

/** Rewinding and pausing a live broadcast, against an origin that keeps what was sent. */
const server = new FakeServer()
let browser: Browser
let source: Source

before(async () => {
  ;[browser, source] = await Promise.all([
    launch(),
    makeSource({ seconds: 150, gop: 2, framesPerPart: 10 }),
    server.start(),
  ])
})
// One that fails leaves its page behind.
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())))
after(async () => {
  await browser?.close()
  await server.stop()
})

const begunSeconds = 80

function onAir(slug: string, options: Partial<OriginOptions> = {}, dvrSeconds = 1800): LlOrigin {
  const origin = new LlOrigin({ source, headStart: begunSeconds, dvrSeconds, ...options })
  server.origins.set(slug, origin)
  const startedAt = new Date(Date.now() - begunSeconds * 1000).toISOString()
  server.set(slug, {
    title: `The ${slug}`,
    state: 'live',
    presentation: 'first',
    startedAt,
    dvrSeconds,
    video: { width: 320, height: 180 },
  })
  return origin
}

const slider = (page: Page) => page.getByRole('slider', { name: 'Rewind' })
const golive = (page: Page) => page.getByRole('button', { name: 'Go to live' })
const spoken = (page: Page) => slider(page).getAttribute('aria-valuetext')
const currentTime = (page: Page) => page.evaluate<number>(`document.querySelector('video').currentTime`)
/** Seconds behind the origin's clock. */
const latency = async (page: Page) => (await stats(page)).latency ?? Number.NaN
/** Seconds; no player is as far behind without having gone back, on a slow machine either. */
const AT_LIVE = [0.3, 7] as const
const latencyIs = (page: Page, from: number, to: number) =>
  until(page, `(({ latency }) => latency > ${from} && latency < ${to})(document.querySelector('[data-player]').stats)`)
const isAtLive = (page: Page) => latencyIs(page, ...AT_LIVE)

/** The picture goes on from where it is. */
async function goesOn(page: Page): Promise<void> {
  const from = await currentTime(page)
  await until(page, `document.querySelector('video').currentTime > ${from + 1}`)
}

/** Writes down when the element lost its media: a viewer sees that. */
const breaks = `addEventListener('emptied', () => { globalThis.emptied = (globalThis.emptied ?? 0) + 1 }, true)`
const broke = (page: Page) => page.evaluate<number>('globalThis.emptied ?? 0')

async function wake(page: Page): Promise<void> {
  const box = await page.locator('#stage').boundingBox()
  assert.ok(box !== null)
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 3)
  await page.mouse.move(box.x + box.width / 2 + 5, box.y + box.height / 3)
  await slider(page).waitFor()
}

/** Where on the page a share of the bar is. */
async function at(page: Page, share: number): Promise<{ x: number; y: number }> {
  const box = await page.locator('.seek-track').boundingBox()
  assert.ok(box !== null)
  return { x: box.x + box.width * share, y: box.y + box.height / 2 }
}

test('a broadcast that can be rewound has a bar, one that can’t has none', async () => {
  onAir('today', {}, 0)
  const without = await visit(browser, `${server.url}/c/today`)
  await playing(without.page)
  await without.page.locator('media-play-button').waitFor()
  assert.equal(await slider(without.page).count(), 0)
  await without.context.close()

  const origin = onAir('choir')
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`)
  await playing(page)
  await wake(page)
  assert.equal(await spoken(page), 'Live')
  assert.ok(Number(await slider(page).getAttribute('aria-valuemax')) > begunSeconds - 4, 'since the beginning')
  assert.ok(
    origin.asked.every((address) => !address.includes('dvr=1')),
    'who stays at live asks for nothing more',
  )
  assert.deepEqual(await faults(page), [])
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the bar is dragged back, says where to, and the picture goes on there without a break; the button leads to live again', async () => {
  const origin = onAir('hall')
  const { page, context, complaints } = await visit(browser, `${server.url}/c/hall`, { script: breaks })
  await playing(page)
  await wake(page)
  const from = await at(page, 1)
  const to = await at(page, 0.25)
  await page.mouse.move(from.x - 2, from.y)
  // Looking is no reason to be told less of live.
  await until(page, `document.querySelector('.seek-bubble')`)
  await goesOn(page)
  await goesOn(page)
  await goesOn(page)
  assert.ok(origin.asked.some((address) => /dvr=1/.test(address) && /_HLS_part/.test(address)))
  await page.mouse.down()
  await page.mouse.move(to.x, to.y, { steps: 5 })
  assert.match(await page.locator('.seek-bubble').innerText(), /^−1:\d\d\s+\d{1,2}:\d\d:\d\d/)
  await page.mouse.up()
  // On a busy machine the broadcast is longer by now.
  await latencyIs(page, 55, 110)
  await goesOn(page)
  assert.match((await spoken(page)) ?? '', /^1 minute( \d+ seconds?)? behind live$|^5\d seconds behind live$/)
  await goesOn(page)
  assert.ok(origin.asked.some((address) => address.includes('dvr=1')))
  assert.deepEqual(await faults(page), [], 'axe, while behind')
  await golive(page).click()
  await isAtLive(page)
  await page.mouse.move(5, 5)
  await page.getByRole('button', { name: 'At live' }).waitFor()
  await goesOn(page)
  assert.equal(await broke(page), 0)
  const { rescues, reloads } = await stats(page)
  assert.deepEqual({ rescues, reloads }, { rescues: 0, reloads: 0 })
  origin.asked.length = 0
  await goesOn(page)
  assert.ok(
    origin.asked.every((address) => !address.includes('dvr=1')),
    'at live again it asks for the short playlists',
  )
  assert.deepEqual(complaints, [])
  await context.close()
})

test('keys move by seconds, by minutes, by tenths, to the beginning and to live', async () => {
  onAir('school')
  const { page, context } = await visit(browser, `${server.url}/c/school`)
  await playing(page)
  await wake(page)
  await slider(page).focus()
  const goesTo = async (key: string, from: number, to: number) => {
    await page.keyboard.press(key)
    await latencyIs(page, from, to)
  }
  /** Seconds farther from live. What has to be loaded first takes a while, and live goes on meanwhile. */
  const goesBack = async (key: string, seconds: number) => {
    const from = ((await stats(page)).latency ?? 0) + seconds
    await goesTo(key, from - 1, from + 4.9)
  }
  await goesBack('ArrowLeft', 10)
  await goesBack('ArrowDown', 10)
  await goesBack('j', 30)
  await goesBack('ArrowUp', -10)
  await goesBack('Shift+ArrowRight', -5)
  await goesTo('PageUp', ...AT_LIVE)
  await goesBack('PageDown', 60)
  await goesTo('5', 36, 60)
  await goesTo('Home', begunSeconds - 2, begunSeconds + 20)
  assert.equal(await spoken(page), 'Beginning')
  await goesTo('End', ...AT_LIVE)
  assert.equal(await spoken(page), 'Live')
  await context.close()
})

test('a finger drags the bar on a phone, on the screen as on its thumb', async () => {
  onAir('valley')
  const touch = { viewport: phone, hasTouch: true, isMobile: true }
  const { page, context, complaints } = await visit(browser, `${server.url}/c/valley`, { ...touch, script: breaks })
  await playing(page)
  await until(page, `document.querySelector('[role="slider"]')`)
  const stage = await page.locator('#stage').boundingBox()
  assert.ok(stage !== null)
  await page.touchscreen.tap(stage.x + stage.width / 2, stage.y + stage.height / 2)
  const bar = await slider(page).boundingBox()
  assert.ok(bar !== null && bar.height >= 44)
  const cdp = await context.newCDPSession(page)
  const [from, to] = [await at(page, 0.95), await at(page, 0.5)]
  // Beside the line, as fingers are.
  const point = (x: number) => [{ x, y: bar.y + 8 }]
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: point(from.x) })
  for (let step = 1; step <= 5; step++) {
    await cdp.send('Input.dispatchTouchEvent', {
      type: 'touchMove',
      touchPoints: point(from.x + ((to.x - from.x) * step) / 5),
    })
  }
  await page.locator('.seek-bubble').waitFor()
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await latencyIs(page, 36, 60)
  await goesOn(page)
  assert.equal(await page.locator('.seek-bubble').count(), 0)
  assert.equal(await broke(page), 0)
  assert.deepEqual(await faults(page), [])
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a pause longer than the live playlist is gone on from where it began', async () => {
  onAir('rovers', { segmentSeconds: 2, listed: 3 })
  const { page, context } = await visit(browser, `${server.url}/c/rovers`, { script: breaks })
  await playing(page)
  await until(page, `document.querySelector('media-play-button')`)
  await page.keyboard.press('k')
  await until(page, `document.querySelector('video').paused`)
  const paused = await currentTime(page)
  // What the pause left behind is out of the live playlist by now, and out of what was loaded.
  await until(page, `(({ latency }) => latency > 12)(document.querySelector('[data-player]').stats)`, 40_000)
  await page.keyboard.press('k')
  await goesOn(page)
  assert.ok(Math.abs((await currentTime(page)) - paused) < 4)
  await page.waitForTimeout(500)
  assert.ok((await latency(page)) > 11)
  assert.equal(await broke(page), 0)
  assert.equal((await stats(page)).rescues, 0)
  await context.close()
})

test('who is paused while the window moves on over their place is taken along, and told', async () => {
  onAir('regatta', {}, 24)
  const { page, context } = await visit(browser, `${server.url}/c/regatta`)
  await playing(page)
  await wake(page)
  await page.keyboard.press('Home')
  await latencyIs(page, 15, 24)
  await page.keyboard.press('k')
  await until(page, `document.querySelector('[role="slider"]').getAttribute('aria-valuenow') === '0'`)
  await page.waitForTimeout(1500)
  await page.keyboard.press('k')
  await page.getByText('The moment you were at is no longer kept').waitFor()
  await goesOn(page)
  await latencyIs(page, 12, 26)
  await context.close()
})

test('sound alone, the picture again and a restart of the server keep the place of who is behind', async () => {
  const origin = onAir('parish')
  const { page, context } = await visit(browser, `${server.url}/c/parish`)
  await playing(page)
  await wake(page)
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowLeft')
  await latencyIs(page, 38, 60)
  const choose = async (name: RegExp) => {
    await wake(page)
    await page.keyboard.press('q')
    await page.getByRole('menuitemradio', { name }).click()
  }
  await choose(/^Sound only/)
  await until(page, `document.querySelector('[data-player]').stats.rendition === 'audio'`)
  await goesOn(page)
  await latencyIs(page, 38, 90)
  await choose(/^Automatic/)
  await until(page, `document.querySelector('[data-player]').stats.rendition !== 'audio'`)
  await goesOn(page)
  await latencyIs(page, 38, 90)
  await server.stop()
  await server.start()
  server.set('parish', { presentation: 'second' })
  await until(page, `document.querySelector('[data-player]').stats.reloads > 0`)
  await playing(page)
  await goesOn(page)
  await latencyIs(page, 38, 90)
  assert.ok(origin.asked.length > 0)
  await golive(page).click()
  await isAtLive(page)
  await context.close()
})

test('an absence of the encoder takes nothing of the bar, and what was before it can be reached', async () => {
  const origin = onAir('council')
  const { page, context } = await visit(browser, `${server.url}/c/council`)
  await playing(page)
  origin.hold()
  server.set('council', { state: 'reconnecting', graceEndsAt: new Date(Date.now() + 60_000).toISOString() })
  await viewIs(page, 'reconnecting')
  await page.waitForTimeout(3000)
  origin.resume()
  server.set('council', { state: 'live', graceEndsAt: null })
  await viewIs(page, 'picture')
  await wake(page)
  const before = await currentTime(page)
  await page.keyboard.press('Home')
  await until(page, `document.querySelector('video').currentTime < ${before - 60}`)
  await goesOn(page)
  assert.ok(Number(await slider(page).getAttribute('aria-valuenow')) < 15)
  await page.keyboard.press('End')
  await isAtLive(page)
  await goesOn(page)
  await context.close()
})

test('the bar runs from left to right in pages from right to left', async () => {
  onAir('rowing')
  const { page, context } = await visit(browser, `${server.url}/c/rowing?lang=ar-XB`, { viewport: desktop })
  await playing(page)
  await until(page, `document.querySelector('[role="slider"]')`)
  await page.keyboard.press('3')
  await latencyIs(page, 45, 70)
  const thumb = await page.locator('.seek-thumb').boundingBox()
  const track = await page.locator('.seek-track').boundingBox()
  assert.ok(thumb !== null && track !== null)
  assert.ok(Math.abs((thumb.x + thumb.width / 2 - track.x) / track.width - 0.3) < 0.05)
  assert.deepEqual(await mirrorFaults(page), [])
  await context.close()
})
