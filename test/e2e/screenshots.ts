/**
 * Makes the pictures in docs/screenshots, of the real server and a real broadcast: `node test/e2e/screenshots.ts` (Node 26).
 * Look at them before they are committed.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { ChatPage } from '../light/chat-page.ts'
import { Encoder } from '../light/encoder.ts'
import { ServerProcess } from '../light/server-process.ts'
import { desktop, launch, playing, viewIs, visit } from './browser.ts'

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url))
/** Those that documents show; a picture costs a reader's time and the repository's size. */
const kept = [
  ...['home-desktop-light', 'home-phone-dark', 'watch-desktop-dark', 'watch-phone-light', 'offline-phone-dark'],
  ...['admin-desktop-light'],
]
const TALK: readonly (readonly [name: string, text: string])[] = [
  ['Anna', 'Good evening from the back row of the internet'],
  ['Hal', 'The candles look lovely on the big screen'],
  ['Ingrid', 'Grandma says hello to the second altos'],
  ['Tom', 'Sound is perfect here, thank you'],
  ['Mirela', 'Which hymn is this?'],
  ['Hal', 'Number 9, page 14'],
]
const phone = { width: 390, height: 780 }
const CHANNELS = {
  choir: 'Evensong by candlelight',
  council: 'Town Council',
  'hill-school': 'Hill School',
  rovers: 'Linden Rovers',
  rowing: 'Rowing Club',
}

const scratch = await mkdtemp(join(tmpdir(), 'streamhost-shots-'))
await using parts = new AsyncDisposableStack()
parts.defer(() => rm(scratch, { recursive: true }))
const browser = await launch()
parts.defer(() => browser.close())
const declared = Object.entries(CHANNELS).map(([slug, title]) => `  - { slug: ${slug}, title: ${title} }\n`)
const server = parts.use(await ServerProcess.start({ name: 'Linden Valley', yaml: `channels:\n${declared.join('')}` }))

/** Publishes a drawing as if it were a camera's picture. */
async function broadcast(slug: string, drawing: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
  const svg = await readFile(new URL(`art/${drawing}.svg`, import.meta.url), 'utf8')
  await page.setContent(`<style>body{margin:0}svg{display:block;width:1280px;height:720px}</style>${svg}`)
  const picture = join(scratch, `${drawing}.png`)
  await page.screenshot({ path: picture })
  await page.close()
  const input = [
    '-re',
    '-loop',
    '1',
    '-framerate',
    '30',
    '-i',
    picture,
    '-re',
    '-f',
    'lavfi',
    '-i',
    'anullsrc=r=48000:cl=stereo',
  ]
  const x264 = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-g',
    '60',
    '-pix_fmt',
    'yuv420p',
    '-b:v',
    '2M',
  ]
  parts.use(new Encoder([...input, ...x264, '-c:a', 'aac', '-f', 'flv', server.publishUrl(slug)]))
  await server.live(slug)
}
await broadcast('choir', 'choir')
await broadcast('council', 'council')
const people = new Map<string, ChatPage>()
for (const [name, text] of TALK) {
  const page = people.get(name) ?? (await ChatPage.join(server.url, 'choir', { name })).page
  people.set(name, page)
  await page.say(text)
}
const firstRun = await readFile(join(server.dataDir, 'first-run.txt'), 'utf8')
const token = /Admin token\s+(\S+)/.exec(firstRun)?.[1]

for (const [device, viewport] of [
  ['desktop', desktop],
  ['phone', phone],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const look = { viewport, colorScheme, hasTouch: device === 'phone', deviceScaleFactor: device === 'phone' ? 2 : 1 }
    const shot = async (page: Page, name: string) => {
      const file = `${name}-${device}-${colorScheme}`
      if (kept.includes(file)) await page.screenshot({ path: `${folder}${file}.png` })
    }
    const { page, context } = await visit(browser, server.url, look)
    await page.locator('.now').first().waitFor()
    await page.waitForLoadState('networkidle')
    await shot(page, 'home')
    await page.goto(`${server.url}/c/choir`)
    await playing(page)
    await page.locator('[data-latency], .badge-live').first().waitFor()
    await page.getByText('Number 9, page 14').waitFor()
    await page.waitForTimeout(3000)
    if (device === 'phone') await page.touchscreen.tap(195, 110)
    else await page.mouse.move(500, 300)
    await page.waitForTimeout(600)
    await shot(page, 'watch')
    await page.goto(`${server.url}/c/hill-school`)
    await viewIs(page, 'offline')
    await shot(page, 'offline')
    await page.request.post(`${server.url}/api/v1/session`, { data: { token }, headers: { origin: server.url } })
    await page.goto(`${server.url}/admin`)
    await page.locator('.chart canvas').waitFor()
    await page.waitForTimeout(3000)
    await shot(page, 'admin')
    await context.close()
  }
}
for (const page of people.values()) page.socket.close()
