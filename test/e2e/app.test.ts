import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { Encoder } from '../light/encoder.ts'
import { freePorts, ServerProcess } from '../light/server-process.ts'
import { faults } from './axe.ts'
import { launch, phone, playing, until, viewIs, visit } from './browser.ts'

// The page as an app and in other sites' pages, from the real server: its documents and its service worker.

let browser: Browser
let directory: string
let ports: readonly [number, number]
let server: ServerProcess

const startServer = (): Promise<ServerProcess> => {
  const [httpPort, rtmpPort] = ports
  const yaml = `observability: { log: { format: json } }
channels: [{ slug: choir, title: The choir }, { slug: hall, title: The hall }]
`
  return ServerProcess.start({ dataDir: join(directory, 'data'), httpPort, rtmpPort, name: 'Linden Valley', yaml })
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamhost-app-'))
  ports = (await freePorts(2)) as [number, number]
  ;[browser, server] = await Promise.all([launch(), startServer()])
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(directory, { recursive: true, force: true })
})

test('Chromium finds the page fit to be installed, under the organisation’s name', async () => {
  const { page, context, complaints } = await visit(browser, server.url, { serviceWorkers: 'allow' })
  await until(page, 'navigator.serviceWorker.controller')
  const devTools = await context.newCDPSession(page)
  const { errors, data } = await devTools.send('Page.getAppManifest')
  assert.deepEqual(errors, [])
  assert.equal((JSON.parse(data ?? '{}') as { name: string }).name, 'Linden Valley')
  // A window of this kind is never offered an app; nothing else may be wrong.
  const { installabilityErrors } = await devTools.send('Page.getInstallabilityErrors')
  assert.deepEqual(
    installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'),
    [],
  )
  assert.deepEqual(complaints, [])
  await context.close()
})

test('without a server the page says so in the organisation’s look, and comes back by itself', async () => {
  const { page, context } = await visit(browser, server.url, { serviceWorkers: 'allow', viewport: phone })
  await until(page, 'navigator.serviceWorker.controller')
  await server.stop()
  await page.goto(`${server.url}/c/choir`)
  await page.getByRole('heading', { name: 'Linden Valley can’t be reached' }).waitFor()
  assert.deepEqual(await faults(page), [])
  server = await startServer()
  await page.getByRole('heading', { name: 'The choir', level: 1, exact: true }).waitFor()
  assert.equal(await page.title(), 'The choir · Linden Valley')
  await context.close()
})

test('the service worker keeps the page’s own files and never sees media, the API or a socket', async () => {
  const { page, context } = await visit(browser, server.url, { serviceWorkers: 'allow' })
  await until(page, 'navigator.serviceWorker.controller')
  const byWorker: string[] = []
  page.on('response', (response) => {
    if (response.fromServiceWorker()) byWorker.push(new URL(response.url()).pathname)
  })
  await page.goto(`${server.url}/c/hall`)
  await viewIs(page, 'offline')
  await page.waitForLoadState('networkidle')
  assert.ok(byWorker.some((path) => path.startsWith('/assets/')))
  assert.deepEqual(
    byWorker.filter((path) => !path.startsWith('/assets/') && path !== '/c/hall'),
    [],
  )
  const kept = await page.evaluate<string[]>(`(async () => {
    const [name] = await caches.keys()
    return (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname)
  })()`)
  assert.deepEqual(
    kept.filter((path) => !/^\/assets\/|^\/offline$/.test(path)),
    [],
  )
  await context.close()
})

test('a player in another site’s page plays without sound, or waits to be asked', async () => {
  const encoder = await Encoder.replay('gop2', server.publishUrl('choir'))
  await server.live('choir')
  const { page, context, complaints } = await visit(browser, `${server.url}/embed/choir`)
  await playing(page)
  assert.equal(await page.evaluate(`document.querySelector('video').muted`), true)
  await page.getByRole('link', { name: 'Watch at Linden Valley' }).waitFor()
  assert.equal(await page.getByRole('banner').count(), 0)
  assert.deepEqual(await faults(page), [])
  await page.getByRole('button', { name: 'Tap for sound' }).click()
  await until(page, `!document.querySelector('video').muted`)

  // What the page before still asks for while it goes is none of the next one's.
  await page.goto('about:blank')
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.goto(`${server.url}/embed/choir?autoplay=0`)
  await viewIs(page, 'blocked')
  assert.deepEqual(
    asked.filter((path) => path.startsWith('/live/choir/') && !path.endsWith('/poster.jpg')),
    [],
    'but for its poster nothing of the broadcast before it is asked for',
  )
  await page.getByRole('button', { name: 'Play' }).first().click()
  await playing(page)
  assert.deepEqual(complaints, [])

  await encoder.stop()
  await context.close()
})
