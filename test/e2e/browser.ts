import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { CHROMIUM, LEFT_OUT, QUIET_FLAGS } from '../light/chromium.ts'

/** Chromium as the tests use it: autoplay with sound is allowed. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    ignoreDefaultArgs: LEFT_OUT,
    args: [...QUIET_FLAGS, '--autoplay-policy=no-user-gesture-required'],
  })
}

/** For a context's `addInitScript`: a browser that plays nothing with sound before the page was touched. */
export const noSoundBeforeTap = `{
  const play = HTMLMediaElement.prototype.play
  // Not navigator.userActivation: every question a test asks the page counts as a touch there.
  let touched = false
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, () => { touched = true }, true)
  HTMLMediaElement.prototype.play = function () {
    if (this.muted || touched) return play.call(this)
    return Promise.reject(new DOMException('play() failed because nobody touched the page', 'NotAllowedError'))
  }
}`

/** Longer than anything takes on a machine that has all other tests to run at the same time. */
const PATIENCE_MS = 60_000

export const phone = { width: 360, height: 740 }
export const desktop = { width: 1280, height: 800 }

/** A page of its own context, without a service worker unless the test is about it, and what it complained about on its console. */
export type Visit = { readonly page: Page; readonly context: BrowserContext; readonly complaints: string[] }

export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { readonly script?: string } = {},
): Promise<Visit> {
  const { script, ...rest } = options
  const context = await browser.newContext({ viewport: desktop, serviceWorkers: 'block', ...rest })
  if (script !== undefined) await context.addInitScript(script)
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  page.on('console', (message) => {
    // Failed requests are part of what is tested; the browser writes each of them down by itself.
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection|net::ERR_/.test(message.text())) {
      complaints.push(message.text())
    }
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(url)
  return { page, context, complaints }
}

/** The figures of the player, as `web/player/stats.ts` has them. */
export type Stats = {
  readonly state: string
  /** None of them is asserted where tests run side by side: on a busy machine any picture stands still for a moment. */
  readonly stalls: number
  readonly rescues: number
  readonly reloads: number
  readonly latency: number | null
  readonly buffered: number
  readonly droppedFrames: number
  readonly startMs: number | null
}

export function stats(page: Page): Promise<Stats> {
  return page.evaluate<Stats>(`({ ...document.querySelector('[data-player]').stats })`)
}

/** What a watch page shows and does, for the one who has to find out why a test failed. */
const PAGE_STATE = `JSON.stringify((() => {
  const video = document.querySelector('video')
  const buffered = video && Array.from({ length: video.buffered.length }, (_, at) => [video.buffered.start(at), video.buffered.end(at)])
  return {
    view: document.querySelector('[data-view]')?.dataset.view,
    stats: document.querySelector('[data-player]')?.stats,
    video: video && { time: video.currentTime, readyState: video.readyState, paused: video.paused, error: video.error?.message, buffered },
  }
})())`

/** Waits until an expression is true in the page. */
export async function until(page: Page, expression: string, timeoutMs = PATIENCE_MS): Promise<void> {
  // Not waitForFunction: it evaluates inside the page, which the page's own policy forbids.
  const deadlineMs = performance.now() + timeoutMs
  while (!(await page.evaluate<boolean>(`Boolean(${expression})`))) {
    if (performance.now() > deadlineMs) {
      throw new Error(`never became true: ${expression}; the page: ${await page.evaluate<string>(PAGE_STATE)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export function playing(page: Page): Promise<void> {
  return until(page, `document.querySelector('[data-player]')?.stats?.state === 'playing'`)
}

/** The stage shows this state of `web/watch/stage-view.ts`. */
export function viewIs(page: Page, view: string, timeoutMs = PATIENCE_MS): Promise<void> {
  return until(page, `document.querySelector('[data-view]')?.dataset.view === '${view}'`, timeoutMs)
}
