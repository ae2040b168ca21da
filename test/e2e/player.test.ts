import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { faults } from './axe.ts'
import { launch, noSoundBeforeTap, playing, stats, until, viewIs, visit } from './browser.ts'
import { FakeServer } from './fake-server.ts'
import { LlOrigin } from './ll-origin.ts'
import { makeSource, type Source } from './ll-source.ts'

const server = new FakeServer()
let browser: Browser
let steady: Source

before(async () => {
  ;[browser, steady] = await Promise.all([
    launch(),
    makeSource({ seconds: 75, gop: 2, framesPerPart: 10 }),
    server.start(),
  ])
})
after(async () => {
  await browser?.close()
  await server.stop()
})

function onAir(slug: string, origin = new LlOrigin({ source: steady }), presentation = 'first'): LlOrigin {
  server.origins.set(slug, origin)
  server.set(slug, {
    title: `The ${slug}`,
    state: 'live',
    presentation,
    startedAt: new Date().toISOString(),
    graceEndsAt: null,
  })
  return origin
}

/** So many seconds of the broadcast are played. */
async function goesOn(page: Page, seconds: number): Promise<void> {
  const from = await page.evaluate<number>(`document.querySelector('video').currentTime`)
  await until(page, `document.querySelector('video').currentTime > ${from + seconds}`)
}

test('a live channel plays by itself, close to live, without a word on the console', async () => {
  onAir('choir')
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`)
  await playing(page)
  await until(page, `document.querySelector('[data-latency]')`)
  assert.match(await page.locator('[data-latency]').innerText(), /^\d\.\d s behind$/)
  await goesOn(page, 2)
  await until(page, `(({ latency }) => latency > 0.5 && latency < 6)(document.querySelector('[data-player]').stats)`)
  const { startMs } = await stats(page)
  assert.ok(startMs !== null && startMs > 0)
  assert.deepEqual(complaints, [])
  await page.mouse.move(400, 300)
  await page.locator('media-play-button').waitFor()
  assert.deepEqual(await faults(page), [], 'axe, with the controls in view')
  await context.close()
})

test('with key frames further apart than segments it enters at the last one and goes on near live', async () => {
  const source = await makeSource({ seconds: 40, gop: 8, framesPerPart: 10 })
  onAir('valley', new LlOrigin({ source, headStart: 14.5 }))
  const { page, context } = await visit(browser, `${server.url}/c/valley`)
  await playing(page)
  await until(page, `document.querySelector('[data-player]').stats.latency < 5`)
  await goesOn(page, 1)
  await context.close()
})

test('back 10 seconds stays behind live, and the button leads to live again', async () => {
  onAir('council', new LlOrigin({ source: steady, headStart: 20 }))
  const { page, context } = await visit(browser, `${server.url}/c/council`)
  await playing(page)
  await page.keyboard.press('ArrowLeft')
  await until(page, `document.querySelector('[data-player]').stats.latency > 9`)
  await page.locator('.golive:not(.at)').waitFor()
  await goesOn(page, 1)
  await page.keyboard.press('End')
  await until(page, `document.querySelector('[data-player]').stats.latency < 6`)
  await page.locator('.golive.at').waitFor()
  await context.close()
})

test('pausing and playing work by key, button and picture', async () => {
  onAir('hall')
  const { page, context } = await visit(browser, `${server.url}/c/hall`)
  await playing(page)
  await page.keyboard.press('k')
  await until(page, `document.querySelector('[data-player]').stats.state === 'paused'`)
  await page.locator('media-play-button').click()
  await playing(page)
  await page.keyboard.press('m')
  assert.equal(await page.evaluate(`document.querySelector('video').muted`), true)
  await page.keyboard.press('Shift+?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await context.close()
})

test('the Tab key reaches the controls of the player between the top and what is below', async () => {
  onAir('hall')
  const { page, context } = await visit(browser, `${server.url}/c/hall`)
  await playing(page)
  await page.locator('media-play-button').waitFor()
  const names: string[] = []
  while (names.length < 20 && names.at(-1) !== 'button Share') {
    await page.keyboard.press('Tab')
    names.push(
      await page.evaluate<string>(`(() => {
        const { localName, textContent } = document.activeElement
        return localName.startsWith('media-') ? localName : localName + ' ' + textContent.trim()
      })()`),
    )
  }
  const controls = ['media-play-button', 'media-mute-button', 'button At live', 'media-fullscreen-button']
  const found = names.filter((name) => controls.includes(name) || name === 'button Share')
  assert.deepEqual(found, [...controls, 'button Share'], names.join(', '))
  assert.ok(!names.includes('media-controller'), 'the frame around them is no stop')
  await context.close()
})

test('when the encoder drops the picture stays, and it goes on when the encoder is back', async () => {
  const origin = onAir('school')
  const { page, context } = await visit(browser, `${server.url}/c/school`)
  await playing(page)
  origin.hold()
  server.set('school', { state: 'reconnecting', graceEndsAt: new Date(Date.now() + 47_000).toISOString() })
  await viewIs(page, 'reconnecting')
  await page.getByRole('heading', { name: 'The streamer is reconnecting' }).waitFor()
  assert.ok(Number(await page.locator('.ring text').textContent()) > 30)
  // Longer than hls.js waits for a playlist: its timeouts are no reason to let go of the picture.
  await sleep(3500)
  server.set('school', { state: 'live', graceEndsAt: null })
  // Nothing of it is here yet, which is no fault of the viewer's connection.
  await viewIs(page, 'returning')
  await page.getByRole('heading', { name: 'The picture is on its way' }).waitFor()
  await page.keyboard.press('q')
  const automatic = page.getByRole('dialog', { name: 'Quality' }).getByRole('menuitemradio', { name: /^Automatic/ })
  await automatic.press('Escape')
  origin.resume()
  await viewIs(page, 'picture')
  await goesOn(page, 1.2)
  assert.equal((await stats(page)).reloads, 0)
  await context.close()
})

test('a menu stays open, where it was left, while the picture is held up, and can be opened then', async () => {
  const origin = onAir('school')
  const { page, context } = await visit(browser, `${server.url}/c/school`)
  await playing(page)
  await page.keyboard.press('q')
  const menu = page.getByRole('dialog', { name: 'Quality' })
  await menu.getByRole('menuitem', { name: /^Delay/ }).press('Enter')
  const steadyDelay = menu.getByRole('menuitemradio', { name: /^Steady/ })
  await steadyDelay.waitFor()
  origin.hold()
  await viewIs(page, 'held')
  await steadyDelay.press('Escape')
  await menu.waitFor({ state: 'hidden' })
  await page.keyboard.press('q')
  await menu.getByRole('menuitemradio', { name: /^Automatic/ }).waitFor()
  origin.resume()
  await viewIs(page, 'picture')
  assert.ok(await menu.isVisible())
  await context.close()
})

test('from a menu the focus goes back to its button, even if the controls were away meanwhile, or come later', async () => {
  const origin = onAir('school')
  const { page, context } = await visit(browser, `${server.url}/c/school`)
  await playing(page)
  const automatic = page.getByRole('dialog', { name: 'Quality' }).getByRole('menuitemradio', { name: /^Automatic/ })
  const isBack = `document.activeElement.dataset.menu === 'quality'`
  await page.keyboard.press('q')
  await automatic.waitFor()
  origin.hold()
  await viewIs(page, 'held')
  origin.resume()
  await viewIs(page, 'picture')
  await automatic.press('Enter')
  await until(page, isBack)
  await page.keyboard.press('q')
  await automatic.waitFor()
  origin.hold()
  await viewIs(page, 'held')
  await automatic.press('Enter')
  await automatic.waitFor({ state: 'hidden' })
  origin.resume()
  await until(page, isBack)
  await context.close()
})

test('while a slate is shown a chip says that the streamer is reconnecting, in place of that it is live', async () => {
  onAir('school')
  const { page, context } = await visit(browser, `${server.url}/c/school`)
  await playing(page)
  const live = page.locator('.badge-live')
  await live.waitFor()
  server.set('school', { state: 'reconnecting', graceEndsAt: new Date(Date.now() + 47_000).toISOString() })
  await page.locator('[data-away]').getByText('Streamer reconnecting').waitFor()
  assert.equal(await live.count(), 0)
  await goesOn(page, 1)
  await viewIs(page, 'picture')
  server.set('school', { state: 'live', graceEndsAt: null })
  await live.waitFor()
  assert.equal(await page.locator('[data-away]').count(), 0)
  await context.close()
})

test('after a restart of the server it plays again by itself', async () => {
  onAir('rovers')
  const { page, context } = await visit(browser, `${server.url}/c/rovers`)
  await playing(page)
  await server.stop()
  await until(page, `['held', 'loading'].includes(document.querySelector('[data-player]').stats.state)`)
  onAir('rovers', new LlOrigin({ source: steady }), 'second')
  await server.start()
  await playing(page)
  await goesOn(page, 1)
  assert.ok((await stats(page)).reloads >= 1)
  await context.close()
})

/** Keeps the library of the page at hand, as `hls`. */
const keepLibrary = `
document.addEventListener('player-config', ({ detail: { Hls } }) => {
  const { loadSource } = Hls.prototype
  Hls.prototype.loadSource = function (url) {
    window.hls = this
    return loadSource.call(this, url)
  }
}, { capture: true, once: true })
`

test('a library that loads no more, without a word, is begun anew', async () => {
  onAir('mill')
  const { page, context } = await visit(browser, `${server.url}/c/mill`, { script: keepLibrary })
  await playing(page)
  // As after answers of several requests were mixed, when it waited for the end of one that it had called off.
  await page.evaluate(
    `for (const one of [hls.streamController, hls.audioStreamController]) one.loadFragment = () => {}`,
  )
  await until(page, `document.querySelector('[data-player]').stats.reloads > 0`)
  await playing(page)
  await goesOn(page, 1)
  await context.close()
})

test('a library that never loads anything, without a word, is begun anew', async () => {
  onAir('pond')
  const deaf = `document.addEventListener('player-config', ({ detail: { Hls } }) => {
    const { loadSource } = Hls.prototype
    Hls.prototype.loadSource = function (url) {
      Hls.prototype.loadSource = loadSource
      for (const one of [this.streamController, this.audioStreamController]) one.loadFragment = () => {}
      return loadSource.call(this, url)
    }
  }, { capture: true, once: true })`
  const { page, context } = await visit(browser, `${server.url}/c/pond`, { script: deaf })
  await until(page, `document.querySelector('[data-player]')?.stats?.reloads === 1`)
  await playing(page)
  await goesOn(page, 1)
  await context.close()
})

test('without a network it says so, and carries on when it is back', async () => {
  onAir('regatta')
  const { page, context } = await visit(browser, `${server.url}/c/regatta`)
  await playing(page)
  await context.setOffline(true)
  await viewIs(page, 'no-network')
  await page.getByRole('heading', { name: 'You are offline' }).waitFor()
  await context.setOffline(false)
  await viewIs(page, 'picture')
  await goesOn(page, 1)
  await until(page, `document.querySelector('[data-player]').stats.latency < 6`)
  await context.close()
})

test('a page that waited shows the broadcast when it begins, and its end', async () => {
  server.set('talks', { title: 'Library Talks' })
  const { page, context } = await visit(browser, `${server.url}/c/talks`)
  await viewIs(page, 'offline')
  const talks = onAir('talks')
  await playing(page)
  server.set('talks', { state: 'ended', live: false, endedAt: new Date().toISOString() })
  talks.hold()
  await viewIs(page, 'over')
  await context.close()
})

test('without WebSockets it learns of changes by asking', async () => {
  server.set('quiet', { title: 'Quiet' })
  server.sockets = false
  const { page, context } = await visit(browser, `${server.url}/c/quiet`)
  await viewIs(page, 'offline')
  server.set('quiet', { state: 'starting' })
  await viewIs(page, 'starting')
  server.sockets = true
  await context.close()
})

test('a browser that allows no sound shows the picture and asks for a tap', async () => {
  onAir('choir')
  const { page, context } = await visit(browser, `${server.url}/c/choir`, { script: noSoundBeforeTap })
  await playing(page)
  await page.getByRole('button', { name: 'Tap for sound' }).click()
  await until(page, `!document.querySelector('video').muted`)
  await page.getByRole('button', { name: 'Tap for sound' }).waitFor({ state: 'hidden' })
  await playing(page)
  await context.close()
})
