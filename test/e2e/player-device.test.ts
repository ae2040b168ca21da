import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { captionedSource } from '../light/captioned.ts'
import { RtmpPublisher, replay } from '../light/rtmp-publisher.ts'
import { ServerProcess } from '../light/server-process.ts'
import { launch, phone, playing, until, visit } from './browser.ts'

/** What the device offers around the player: its keys, its lock screen, its other windows, its touch screen. */
let server: ServerProcess
let browser: Browser
const stop = new AbortController()
let sending: Promise<unknown>

before(async () => {
  ;[server, browser] = await Promise.all([ServerProcess.start({ name: 'Linden Valley' }), launch()])
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: 'choir' })
  sending = replay([publisher], await captionedSource(), { loops: 50, signal: stop.signal })
  await server.live('choir')
})
after(async () => {
  stop.abort()
  await Promise.all([sending, browser?.close()])
  await server?.stop()
})

/** For a context's `addInitScript`: what the page asks of the device, written down in place of being done. */
const device = `{
  globalThis.media = {}
  navigator.mediaSession.setActionHandler = (action, handler) => { media[action] = handler }
  globalThis.locks = 0
  const request = async () => {
    locks += 1
    return { released: false, release: async () => { locks -= 1 } }
  }
  Object.defineProperty(navigator, 'wakeLock', { value: { request } })
  let floating = null
  Object.defineProperty(Document.prototype, 'pictureInPictureElement', { get: () => floating })
  HTMLVideoElement.prototype.requestPictureInPicture = async function () { floating = this }
  Document.prototype.exitPictureInPicture = async () => { floating = null }
}`
const atLive = `document.querySelector('.golive')?.classList.contains('at')`
const behind = `document.querySelector('.golive:not(.at)')`
/** There is something to go back to. */
const canGoBack = (page: Page) =>
  until(
    page,
    `${atLive} && Number(document.querySelector('[role="slider"]')?.getAttribute('aria-valuemax') ?? document.querySelector('video').currentTime) > 5`,
  )

test('keys, headset and lock screen steer the player, and the lock screen says what runs', async () => {
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`, { script: device })
  await playing(page)
  assert.deepEqual(
    await page.evaluate(`[navigator.mediaSession.metadata.title, navigator.mediaSession.metadata.artist]`),
    ['choir', 'Linden Valley'],
  )
  await page.evaluate('media.pause()')
  await until(page, `document.querySelector('video').paused`)
  await page.evaluate('media.play()')
  await until(page, `!document.querySelector('video').paused`)
  await page.evaluate('media.nexttrack()')
  await canGoBack(page)
  await page.evaluate('media.seekbackward({ seekOffset: 4 })')
  await until(page, behind)
  await page.evaluate('media.nexttrack()')
  await until(page, atLive)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('keys fill the screen, which then stays on, float the picture, and lead to the menu and the chat', async () => {
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`, { script: device })
  await playing(page)
  await page.keyboard.press('f')
  await until(page, 'document.fullscreenElement?.id === "stage" && locks === 1')
  await page.keyboard.press('f')
  await until(page, 'document.fullscreenElement === null && locks === 0')
  await page.keyboard.press('p')
  await until(page, `document.pictureInPictureElement?.localName === 'video'`)
  await page.keyboard.press('p')
  await until(page, 'document.pictureInPictureElement === null')
  await until(page, `document.querySelector('[data-menu="quality"]')`)
  await page.keyboard.press('q')
  await page.getByRole('dialog', { name: 'Quality' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Quality' }).waitFor({ state: 'hidden' })
  await until(page, `document.querySelector('[data-chat-field]')`)
  await page.keyboard.press('t')
  await until(page, `document.activeElement.matches('[data-chat-field]')`)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('two quick taps at the left skip back, two slow ones don’t', async () => {
  const touch = { viewport: phone, hasTouch: true, isMobile: true }
  const { page, context } = await visit(browser, `${server.url}/c/choir`, touch)
  await playing(page)
  await canGoBack(page)
  const box = await page.locator('#stage').boundingBox()
  assert.ok(box !== null)
  const cdp = await context.newCDPSession(page)
  // The events carry their own times, so that a slow machine makes no slow finger.
  const tap = async (timestamp: number) => {
    const touchPoints = [{ x: box.x + box.width / 6, y: box.y + box.height / 2 }]
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints, timestamp })
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [], timestamp: timestamp + 0.05 })
  }
  const now = Date.now() / 1000
  await tap(now)
  await tap(now + 0.6)
  assert.equal(await page.evaluate(`Boolean(${atLive})`), true)
  await tap(now + 2)
  await tap(now + 2.2)
  await until(page, behind)
  await context.close()
})
