import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { QualityReport } from '../../src/contract/insight.ts'
import { captionedSource, captionTexts } from '../light/captioned.ts'
import { RtmpPublisher, replay } from '../light/rtmp-publisher.ts'
import { ServerProcess } from '../light/server-process.ts'
import { faults } from './axe.ts'
import { desktop, launch, phone, playing, stats, until, visit } from './browser.ts'

/** The real server with captions in the picture, from the encoder to the screen. */
let server: ServerProcess
let browser: Browser
const stop = new AbortController()
let sending: Promise<void>

before(async () => {
  ;[server, browser] = await Promise.all([ServerProcess.start({ name: 'Linden Valley' }), launch()])
  const [early, late] = await Promise.all([captionedSource(), captionedSource(708, 210)])
  const send = async (name: string, tags: Awaited<ReturnType<typeof captionedSource>>) =>
    replay([await RtmpPublisher.open({ port: server.rtmpPort, name })], tags, { loops: 50, signal: stop.signal })
  sending = Promise.all([send('choir', early), send('late', late)]).then(() => undefined)
  await Promise.all([server.live('choir'), server.live('late')])
})
after(async () => {
  stop.abort()
  await Promise.all([sending, browser?.close()])
  await server?.stop()
})

const captionShown = (page: Page) =>
  until(page, `${JSON.stringify(captionTexts)}.includes(document.querySelector('.caption')?.textContent)`)
const latencyIs = (page: Page, test: string) =>
  until(page, `document.querySelector('[data-player]').stats.latency ${test}`)

test('captions that begin in the middle of a broadcast, here of CEA-708, come to who is watching, without loading anew', async () => {
  const { page, context } = await visit(browser, `${server.url}/c/late`)
  await playing(page)
  const playlist = await (await fetch(server.playlistUrl('late'))).text()
  // They begin seven seconds into the broadcast; a slow machine may have taken that long to come here.
  if (playlist.includes('CLOSED-CAPTIONS=NONE')) {
    await page.keyboard.press('c')
    await page.getByText('This broadcast has no captions so far').waitFor()
  }
  await until(page, `document.querySelector('[data-menu="captions"]')`)
  assert.match(await (await fetch(server.playlistUrl('late'))).text(), /INSTREAM-ID="SERVICE1"/)
  await page.keyboard.press('c')
  await captionShown(page)
  assert.equal((await stats(page)).reloads, 0)
  await context.close()
})

for (const [name, options] of [
  ['a desktop', { viewport: desktop, colorScheme: 'dark' }],
  ['a phone', { viewport: phone, hasTouch: true, isMobile: true, colorScheme: 'light' }],
] as const) {
  test(`on ${name} captions, quality and delay are chosen by keys, and kept`, async () => {
    const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`, options)
    await playing(page)
    await until(page, `document.querySelector('[data-menu="captions"]')`)
    await page.locator('[data-menu="captions"]').press('Enter')
    await page.getByRole('menuitemradio', { name: 'Captions', exact: true }).click()
    await captionShown(page)
    // Clear of the controls, while there are any. Captions come and go.
    const box = (what: string) => `document.querySelector('${what}')?.getBoundingClientRect()`
    const isIdle = `document.querySelector('media-controller').hasAttribute('userinactive')`
    await until(page, `${box('.caption')}?.bottom <= ${box('.ctl')}?.top || (${isIdle} && ${box('.caption')})`)

    await page.keyboard.press('q')
    const menu = page.getByRole('dialog', { name: 'Quality' })
    await menu.getByRole('menuitemradio', { name: /^Automatic\s*now 360p$/ }).waitFor()
    await menu.getByRole('menuitemradio', { name: /^360p\s*as sent · \d\.\d Mbit\/s$/ }).waitFor()
    assert.equal(await page.evaluate(`document.activeElement.getAttribute('aria-checked')`), 'true')
    assert.deepEqual(await faults(page), [])
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    assert.deepEqual(await faults(page), [])
    await menu.getByRole('menuitemradio', { name: /^Safe/ }).press('Enter')
    await latencyIs(page, '> 5')
    assert.ok(((await stats(page)).latency ?? 9) < 12, 'and no further')
    await until(page, `document.activeElement.dataset.menu === 'quality'`)

    await page.reload()
    await playing(page)
    await latencyIs(page, '> 5')
    await captionShown(page)
    await page.keyboard.press('q')
    await page.getByRole('dialog', { name: 'Quality' }).waitFor()
    await page.keyboard.press('Escape')
    await until(page, `document.activeElement.dataset.menu === 'quality'`)
    await menu.waitFor({ state: 'hidden' })
    assert.deepEqual(complaints, [])
    await context.close()
  })
}

test('with sound only no picture is loaded any more, and the picture comes back', async () => {
  const { page, context } = await visit(browser, `${server.url}/c/choir`)
  await playing(page)
  await page.locator('[data-menu="quality"]').click()
  await page.getByRole('menuitemradio', { name: /^Sound only/ }).click()
  await until(page, `document.querySelector('[data-player]').stats.rendition === 'audio'`)
  await playing(page)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await until(page, `document.querySelector('video').currentTime > 0 && document.querySelector('.sound-only')`)
  await page.waitForRequest(/\/audio\/.+\.m4s/)
  await page.waitForRequest(/\/audio\/.+\.m4s/)
  assert.deepEqual(
    asked.filter((url) => url.includes('/source/')),
    [],
  )
  assert.deepEqual(await faults(page), [])
  await page.locator('[data-menu="quality"]').click()
  await page.getByRole('menuitemradio', { name: /^Automatic/ }).click()
  await until(page, `document.querySelector('video').videoWidth > 0`)
  await playing(page)
  const { reloads, rescues } = await stats(page)
  assert.deepEqual({ reloads, rescues }, { reloads: 0, rescues: 0 })
  await context.close()
})

/** For a context's `addInitScript`: the page can be sent out of sight by `globalThis.hide(true)`. */
const hiding = `{
  let hidden = false
  Object.defineProperty(document, 'visibilityState', { get: () => (hidden ? 'hidden' : 'visible') })
  globalThis.hide = (now) => {
    hidden = now
    document.dispatchEvent(new Event('visibilitychange'))
  }
}`

test('out of sight a phone loads only the sound, and shows the picture when it is looked at again', async () => {
  const { page, context } = await visit(browser, `${server.url}/c/choir`, {
    ...{ viewport: phone, hasTouch: true, isMobile: true },
    script: hiding,
  })
  await playing(page)
  await page.evaluate('hide(true)')
  await until(page, `document.querySelector('[data-player]').stats.rendition === 'audio'`)
  await until(
    page,
    `document.querySelector('video').videoWidth === 0 && document.querySelector('video').currentTime > 0`,
  )
  await playing(page)
  await page.evaluate('hide(false)')
  assert.equal(
    await page.evaluate(`document.querySelector('.still').hidden`),
    false,
    'the last picture bridges the moment',
  )
  await until(page, `document.querySelector('video').videoWidth > 0`)
  await playing(page)
  assert.equal((await stats(page)).reloads, 0)
  await context.close()
})

test('a phone that pauses the picture of a hidden page plays its sound on', async () => {
  const { page, context } = await visit(browser, `${server.url}/c/choir`, {
    ...{ viewport: phone, hasTouch: true, isMobile: true },
    script: hiding,
  })
  await playing(page)
  await page.evaluate(`hide(true); document.querySelector('video').pause()`)
  await until(page, `document.querySelector('[data-player]').stats.rendition === 'audio'`)
  await playing(page)
  await context.close()
})

test('the page reports how well it plays when it goes, and media carries what the player sees', async () => {
  const script = `{
    globalThis.reports = []
    navigator.sendBeacon = (url, blob) => {
      void blob.text().then((text) => reports.push({ url, type: blob.type, report: JSON.parse(text) }))
      return true
    }
  }`
  const { page, context } = await visit(browser, `${server.url}/c/choir`, { script })
  const media = await page.waitForRequest(/\/source\/.+\.m4s/)
  const headers = await media.allHeaders()
  assert.match(headers['cmcd-session'] ?? '', /cid="choir",sf=h,sid="[\w-]{8,40}",st=l/)
  assert.ok(!media.url().includes('CMCD'), 'the address stays the same for everybody')
  await playing(page)
  await page.evaluate(`dispatchEvent(new Event('pagehide'))`)
  await until(page, 'reports.length > 0')
  const [{ url, type, report }] = await page.evaluate<[{ url: string; type: string; report: unknown }]>('reports')
  assert.equal(url, '/api/v1/channels/choir/quality')
  assert.equal(type, 'application/json')
  const { engine, rendition, startupMs = 0 } = QualityReport.parse(report)
  assert.deepEqual({ engine, rendition }, { engine: 'hls', rendition: 'source' })
  assert.ok(startupMs > 0)
  await context.close()
})
