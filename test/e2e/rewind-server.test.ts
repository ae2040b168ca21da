import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Encoder } from '../light/encoder.ts'
import { freePorts, ServerProcess } from '../light/server-process.ts'
import { launch, playing, stats, until, visit } from './browser.ts'

/** Rewinding what the real server kept. Its live playlist is as short as it may be, so that little has to be waited for. */
let browser: Browser
let folder: string
let server: ServerProcess
let start: () => Promise<ServerProcess>

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamhost-rewind-'))
  const [httpPort = 0, rtmpPort = 0] = await freePorts(2)
  const sections = { packaging: 'liveSeconds: 8' }
  start = () => ServerProcess.start({ dataDir: join(folder, 'data'), httpPort, rtmpPort, sections })
  ;[browser, server] = await Promise.all([launch(), start()])
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const slider = (page: Page) => page.getByRole('slider', { name: 'Rewind' })
const latencyIs = (page: Page, from: number, to: number) =>
  until(page, `(({ latency }) => latency > ${from} && latency < ${to})(document.querySelector('[data-player]').stats)`)

async function goesOn(page: Page, seconds = 1): Promise<void> {
  const from = await page.evaluate<number>(`document.querySelector('video').currentTime`)
  await until(page, `document.querySelector('video').currentTime > ${from + seconds}`)
}

test('what left the live playlist is gone back to, over a restart of the server too, and live is a second away', async () => {
  const encoder = await Encoder.replay('gop2', server.publishUrl('choir'))
  await server.live('choir')
  const script = `addEventListener('emptied', () => { globalThis.emptied = (globalThis.emptied ?? 0) + 1 }, true)`
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`, { script })
  await playing(page)
  await until(page, `document.querySelector('video').currentTime > 0`)
  await until(page, `Number(document.querySelector('[role="slider"]')?.getAttribute('aria-valuemax')) > 16`)
  await slider(page).focus()
  await page.keyboard.press('ArrowLeft')
  await latencyIs(page, 10, 15)
  await goesOn(page, 3)
  assert.match((await slider(page).getAttribute('aria-valuetext')) ?? '', /^(9|1\d) seconds behind live$/)
  await page.keyboard.press('End')
  await latencyIs(page, 0.2, 2)
  await goesOn(page, 2)
  // A machine with other work may let the picture stand for a moment; the player itself had nothing to mend.
  const { rescues, reloads } = await stats(page)
  assert.deepEqual({ rescues, reloads }, { rescues: 0, reloads: 0 })
  assert.equal(await page.evaluate('globalThis.emptied ?? 0'), 0, 'the media was never loaded anew')
  assert.deepEqual(complaints, [])

  await encoder.stop()
  await server.stop()
  server = await start()
  const again = await Encoder.replay('gop2', server.publishUrl('choir'))
  await server.live('choir')
  await latencyIs(page, 0.2, 3)
  await goesOn(page, 2)
  await slider(page).focus()
  await page.keyboard.press('Home')
  // From before the restart.
  await latencyIs(page, 18, 300)
  await goesOn(page, 3)
  await page.keyboard.press('End')
  await latencyIs(page, 0.2, 2.5)
  await goesOn(page, 2)
  await again.stop()
  await context.close()
})
