import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Encoder } from '../light/encoder.ts'
import { freePorts, ServerProcess } from '../light/server-process.ts'
import { launch, playing, stats, until, viewIs, visit } from './browser.ts'

// The whole way: FFmpeg publishes to the real server, Chromium plays the real page, and things go wrong on purpose.

let browser: Browser
let dataDir: string
let ports: readonly [number, number]
let server: ServerProcess

const YAML = 'observability: { log: { format: json } }\n'
const startServer = (): Promise<ServerProcess> => {
  const [httpPort, rtmpPort] = ports
  return ServerProcess.start({ dataDir, httpPort, rtmpPort, yaml: YAML })
}

before(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'streamhost-e2e-')), 'data')
  ports = (await freePorts(2)) as [number, number]
  ;[browser, server] = await Promise.all([launch(), startServer()])
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(join(dataDir, '..'), { recursive: true, force: true })
})

/** Waits until the picture has moved on by so many seconds of media. */
async function moves(page: Page, seconds: number): Promise<void> {
  const from = await page.evaluate<number>(`document.querySelector('video').currentTime`)
  await until(page, `document.querySelector('video').currentTime > ${from + seconds}`)
}

const sequence = async (slug: string): Promise<number> => {
  const playlist = await (await fetch(`${server.url}/live/${slug}/source.m3u8`)).text()
  return Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist)?.[1])
}

test('a broadcast plays a second behind, and its end is told', async () => {
  const encoder = await Encoder.replay('gop2', server.publishUrl('choir'))
  await server.live('choir')
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`)
  await playing(page)
  await moves(page, 3)
  const { latency, rescues } = await stats(page)
  assert.ok(latency !== null && latency < 6, `latency ${latency}`)
  // Stalls are not judged: who joins has a second of media, and a machine whose page is held up for half a second at a
  // time while everything starts (seen at a load average of 20, never on a quiet one) uses it up. A player that needs to be
  // rescued is another matter.
  assert.equal(rescues, 0)
  await encoder.stop()
  await viewIs(page, 'over')
  const playlist = await (await fetch(`${server.url}/live/choir/source.m3u8`)).text()
  assert.match(playlist, /#EXT-X-ENDLIST/)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the server tells the page of each part by itself: once it has begun, no playlist is asked for without naming the next part', async () => {
  await using _encoder = await Encoder.replay('gop2', server.publishUrl('parts'))
  await server.live('parts')
  const { page, context } = await visit(browser, `${server.url}/c/parts`)
  await playing(page)
  const asked: URL[] = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (/\/(?:source|audio)\.m3u8$/.test(url.pathname)) asked.push(url)
  })
  await moves(page, 3)
  assert.ok(asked.length > 0)
  const without = asked.filter(({ search }) => !/_HLS_msn=\d+&_HLS_part=\d+/.test(search))
  assert.deepEqual(without.map(String), [])
  await context.close()
})

test('an encoder that is cut off and returns goes on in the same page, without a reload', async () => {
  const first = await Encoder.replay('gop2', server.publishUrl('valley'))
  await server.live('valley')
  const { page, context } = await visit(browser, `${server.url}/c/valley`)
  await playing(page)
  await first.kill()
  await viewIs(page, 'reconnecting')
  const second = await Encoder.replay('gop2', server.publishUrl('valley'))
  await viewIs(page, 'picture')
  await playing(page)
  await moves(page, 2)
  const playlist = await (await fetch(`${server.url}/live/valley/source.m3u8`)).text()
  assert.match(playlist, /#EXT-X-DISCONTINUITY\n/)
  await second.stop()
  await context.close()
})

test('after a kill -9 of the server the page comes back by itself, and sequences never go back', async () => {
  const encoder = await Encoder.replay('gop2', server.publishUrl('hall'))
  await server.live('hall')
  const { page, context } = await visit(browser, `${server.url}/c/hall`)
  await playing(page)
  const before = await sequence('hall')
  await server.kill()
  await encoder.stop()
  server = await startServer()
  const again = await Encoder.replay('gop2', server.publishUrl('hall'))
  await server.live('hall')
  // The same playlist goes on, and nothing that was in it changes its number.
  assert.ok((await sequence('hall')) >= before)
  await until(page, `document.querySelector('[data-view]')?.dataset.view === 'picture'`)
  await playing(page)
  await moves(page, 2)
  await again.stop()
  await context.close()
})

test('after a restart in good order the page comes back by itself, and no end was announced', async () => {
  const encoder = await Encoder.replay('gop2', server.publishUrl('school'))
  await server.live('school')
  const { page, context } = await visit(browser, `${server.url}/c/school`)
  await playing(page)
  const seen: string[] = []
  page.on('response', (response) => {
    if (response.url().includes('.m3u8') && response.ok())
      void response.text().then(
        (text) => seen.push(text),
        () => {},
      )
  })
  await server.stop()
  await encoder.stop()
  assert.ok(seen.every((playlist) => !playlist.includes('#EXT-X-ENDLIST')))
  const view = await page.evaluate<string>(`document.querySelector('[data-view]').dataset.view`)
  assert.notEqual(view, 'offline', 'a server that stops is not a channel that went off air')
  server = await startServer()
  const again = await Encoder.replay('gop2', server.publishUrl('school'))
  await until(page, `document.querySelector('[data-view]')?.dataset.view === 'picture'`)
  await playing(page)
  await moves(page, 2)
  await again.stop()
  await context.close()
})

test('a viewer whose network was gone comes back to live by itself', async () => {
  const encoder = await Encoder.replay('gop2', server.publishUrl('club'))
  await server.live('club')
  const { page, context } = await visit(browser, `${server.url}/c/club`)
  await playing(page)
  await context.setOffline(true)
  await until(page, `!navigator.onLine`)
  // Long enough for the buffer to run dry.
  await until(page, `document.querySelector('video').readyState < 3 || document.querySelector('video').paused`)
  await context.setOffline(false)
  await playing(page)
  await moves(page, 2)
  await until(page, `document.querySelector('[data-player]').stats.latency < 6`)
  await encoder.stop()
  await context.close()
})
