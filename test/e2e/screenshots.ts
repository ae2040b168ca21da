/** Makes the pictures in docs/screenshots: `node test/e2e/screenshots.ts`. Look at them before they are committed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { desktop, launch, playing, viewIs, visit } from './browser.ts'
import { FakeServer } from './fake-server.ts'
import { LlOrigin } from './ll-origin.ts'
import { makeSource } from './ll-source.ts'

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url))
const art = (name: string) => fileURLToPath(new URL(`art/${name}.svg`, import.meta.url))
/** Those that documents show; a picture costs a reader's time and the repository's size. */
const kept = [
  'home-desktop-light',
  'home-phone-dark',
  'watch-desktop-dark',
  'watch-desktop-light',
  'watch-phone-light',
  'offline-phone-dark',
]
const phone = { width: 390, height: 780 }
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

const server = new FakeServer()
const scratch = await mkdtemp(join(tmpdir(), 'streamhost-shots-'))
const browser = await launch()
try {
  await server.start()
  const still = await browser.newPage({ viewport: { width: 1280, height: 720 } })
  await still.setContent(
    `<style>body{margin:0}svg{display:block;width:1280px;height:720px}</style>${await readFile(art('choir'), 'utf8')}`,
  )
  const picture = join(scratch, 'choir.png')
  await still.screenshot({ path: picture })
  const source = await makeSource({ seconds: 90, gop: 2, framesPerPart: 10, picture })

  for (const name of ['choir', 'council']) server.files.set(`/test/${name}.svg`, art(name))
  const live = { state: 'live', presentation: 'one' } as const
  server.set('choir', {
    ...live,
    title: 'Evensong by candlelight',
    startedAt: minutesAgo(41),
    viewers: 268,
    poster: '/test/choir.svg',
  })
  server.set('council', {
    ...live,
    title: 'Town Council',
    startedAt: minutesAgo(112),
    viewers: 144,
    poster: '/test/council.svg',
  })
  for (const title of ['Hill School', 'Linden Rovers', 'Rowing Club', 'Library Talks'])
    server.set(title.toLowerCase().replace(' ', '-'), { title })
  server.origins.set('choir', new LlOrigin({ source, headStart: 25 }))

  for (const [device, viewport] of [
    ['desktop', desktop],
    ['phone', phone],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const look = {
        viewport,
        colorScheme,
        hasTouch: device === 'phone',
        deviceScaleFactor: device === 'phone' ? 2 : 1,
      }
      const shot = async (page: Page, name: string) => {
        const file = `${name}-${device}-${colorScheme}`
        if (kept.includes(file)) await page.screenshot({ path: `${folder}${file}.png` })
      }
      const { page, context } = await visit(browser, server.url, look)
      await page.locator('.now img').first().waitFor()
      await page.waitForLoadState('networkidle')
      await shot(page, 'home')
      await page.goto(`${server.url}/c/choir`)
      await playing(page)
      await page.locator('[data-latency], .badge-live').first().waitFor()
      if (device === 'phone') await page.touchscreen.tap(195, 110)
      else await page.mouse.move(500, 300)
      await page.waitForTimeout(600)
      await shot(page, 'watch')
      await page.goto(`${server.url}/c/hill-school`)
      await viewIs(page, 'offline')
      await shot(page, 'offline')
      await context.close()
    }
  }
} finally {
  await browser.close()
  await server.stop()
  await rm(scratch, { recursive: true })
}
