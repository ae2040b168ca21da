import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { launchChromium } from '../../light/chromium.ts'
import { DASH_PLAYERS, serveDashPlayers } from '../../light/dash-players.ts'
import { Encoder } from '../../light/encoder.ts'
import { FAULTS, type Fault, FaultyLine } from '../../light/faulty-line.ts'
import { noteWaits, type Waits } from '../../light/page-probe.ts'
import { ServerProcess, until } from '../../light/server-process.ts'
import { PartWatcher } from './part-watcher.ts'

export const WATCHERS = ['light', 'page', ...DASH_PLAYERS] as const
type Watcher = (typeof WATCHERS)[number]

/** Each gap may be the encoder's absence and so much more. */
export const BEYOND_MS = 2000
/** dash.js finds its way back by its own rules: how long it takes is told, not judged. */
const JUDGED: readonly Watcher[] = ['light', 'page', 'shaka-player']
const SLUG = 'hall'
/** By now the encoder is not only connected but sends pictures. */
const FLOWING_BYTES = 40_000
/** Longer nobody waits for a viewer that does not come back. */
const GIVE_UP_MS = 45_000
const LOOK_MS = 100

export type ContinuityOptions = {
  readonly cuts: number
  /** From one cut to the next; less than a cut takes: one after the other. */
  readonly everyMs: number
  readonly awayMs: number
  /** How many of the page, shaka-player and dash.js watch. */
  readonly chromium: number
  readonly slate?: string | undefined
  readonly told?: (cut: Cut) => void
}

/** What became of one failure of the encoder's connection. */
export type Cut = {
  readonly fault: Fault
  /** From the failure to the first pictures of the encoder's next connection. */
  readonly absenceMs: number
  /** The longest that each viewer got nothing, or its picture stood still. */
  readonly gaps: Readonly<Partial<Record<Watcher, number>>>
  /** Viewers that had to begin anew. */
  readonly reloaded: readonly string[]
  readonly ok: boolean
}

/** The encoder sends through a line that fails in turn in every way there is, and tries again; all watch. */
export async function soakContinuity(options: ContinuityOptions): Promise<readonly Cut[]> {
  const { cuts, everyMs, awayMs, slate, told } = options
  await using parts = new AsyncDisposableStack()
  const sections = slate === undefined ? {} : { ingest: `slate: ${JSON.stringify(slate)}` }
  const server = parts.use(await ServerProcess.start({ sections }))
  const line = parts.use(await FaultyLine.open(server.rtmpPort))
  const url = `rtmp://127.0.0.1:${line.port}/live/${SLUG}`
  let encoder = await Encoder.replay('gop2', url)
  parts.defer(() => encoder.kill())
  await server.live(SLUG, GIVE_UP_MS)
  const light = parts.use(new PartWatcher(`${server.url}/live/${SLUG}/source.m3u8`))
  // A whole segment later than the playlists; shaka-player does not ask again.
  const manifest = `${server.url}/live/${SLUG}/manifest.mpd`
  await until(async () => (await fetch(manifest)).ok, GIVE_UP_MS, 'there is no manifest')
  const pages = await openPages(server, options.chromium, parts)
  for (const { page } of pages) await moves(page)
  const done: Cut[] = []
  for (let n = 0; n < cuts; n++) {
    const beganMs = performance.now()
    const fault = FAULTS[n % FAULTS.length] ?? 'close'
    light.begin()
    for (const { page } of pages) await page.evaluate('void (globalThis.waits.stillMs = 0)')
    const cutMs = performance.now()
    line.cut(fault)
    await sleep(awayMs)
    // One that fell into a black hole does not know it yet; its next connection takes over.
    const before = encoder
    encoder = await Encoder.replay('gop2', url)
    await until(() => line.upBytes > FLOWING_BYTES, GIVE_UP_MS, 'the encoder is not back')
    const absenceMs = Math.round(performance.now() - cutMs)
    await Promise.all([light.next(GIVE_UP_MS), ...pages.map(({ page }) => moves(page))])
    await before.kill()
    const cut = await lookAt(fault, absenceMs, light, pages)
    done.push(cut)
    told?.(cut)
    await sleep(Math.max(0, beganMs + everyMs - performance.now()))
  }
  return done
}

type Opened = { readonly name: Watcher; readonly page: Page }

async function openPages(
  server: ServerProcess,
  count: number,
  parts: AsyncDisposableStack,
): Promise<readonly Opened[]> {
  if (count === 0) return []
  const browser = await launchChromium()
  parts.defer(() => browser.close())
  const site = parts.use(await serveDashPlayers())
  const pages: Opened[] = []
  for (const name of (['page', ...DASH_PLAYERS] as const).slice(0, count)) {
    const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage()
    await page.addInitScript(noteWaits)
    await page.goto(name === 'page' ? `${server.url}/c/${SLUG}` : site.url)
    const manifest = JSON.stringify(`${server.url}/live/${SLUG}/manifest.mpd`)
    if (name !== 'page') await page.evaluate(`start(${JSON.stringify(name)}, ${manifest}, true)`)
    await page.evaluate('void (globalThis.sameDocument = true)')
    pages.push({ name, page })
  }
  return pages
}

/** Resolves when the picture moves: three looks in a row, each further than the last; or when that takes too long. */
async function moves(page: Page): Promise<void> {
  const deadlineMs = performance.now() + GIVE_UP_MS
  const time = (): Promise<number> => page.evaluate<number>(`document.querySelector('video')?.currentTime ?? 0`)
  let last = await time()
  for (let times = 0; times < 3 && performance.now() < deadlineMs; ) {
    await sleep(LOOK_MS)
    const now = await time()
    times = now > last ? times + 1 : 0
    last = now
  }
}

async function lookAt(fault: Fault, absenceMs: number, light: PartWatcher, pages: readonly Opened[]): Promise<Cut> {
  const gaps: Partial<Record<Watcher, number>> = { light: light.longestMs }
  const reloaded: string[] = []
  for (const { name, page } of pages) {
    gaps[name] = (await page.evaluate<Waits>('globalThis.waits')).stillMs
    const same = await page.evaluate<boolean>('globalThis.sameDocument === true')
    const reloads = await page.evaluate<number>(`document.querySelector('[data-player]')?.stats?.reloads ?? 0`)
    if (!same || reloads > 0) reloaded.push(name)
  }
  const ok = reloaded.length === 0 && JUDGED.every((name) => (gaps[name] ?? 0) <= absenceMs + BEYOND_MS)
  return { fault, absenceMs, gaps, reloaded, ok }
}
