import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { noteFirstFrame } from '../../light/page-probe.ts'
import { forceRace, RACE } from './force-race.ts'
import { quantile, type Watched } from './run-result.ts'

/** Standing still for so long is a freeze. */
export const FROZEN_MS = 10_000
const LOOK_MS = 500
/** A page that doesn't answer so long is taken as one that stands still. */
const ANSWER_MS = 4000

/** What a look into the page finds. */
type Look = {
  readonly time: number | null
  readonly holes: number
  readonly stats: {
    readonly state: string
    readonly stalls: number
    readonly rescues: number
    readonly reloads: number
    readonly latency: number | null
    readonly droppedFrames: number
  } | null
  readonly raced: number
  readonly racedParts: number
  readonly firstFrameMs: number | null
}

/** A string, for the page's scope has other types than ours. */
const LOOK = `(() => {
  const stats = document.querySelector('[data-player]')?.stats
  const video = document.querySelector('video')
  return {
    time: video?.currentTime ?? null,
    holes: Math.max(0, (video?.buffered.length ?? 0) - 1),
    stats: stats === undefined ? null : { ...stats },
    raced: globalThis.raced?.length ?? 0,
    racedParts: globalThis.racedParts ?? 0,
    firstFrameMs: globalThis.firstFrameMs ?? null,
  }
})()`

const SCENE = `(() => {
  const video = document.querySelector('video')
  const stage = document.querySelector('[data-player]')
  if (video === null) return { view: stage?.dataset.view ?? null, text: document.body?.innerText?.slice(0, 200) }
  const { currentTime, readyState, paused, seeking, playbackRate, buffered, error } = video
  const ranges = Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)])
  return { currentTime, readyState, paused, seeking, playbackRate, ranges, error: error?.message ?? null,
    view: stage?.dataset.view ?? null, stats: { ...stage?.stats }, raced: globalThis.raced?.slice(-4),
    visible: document.visibilityState }
})()`

export type WatchOptions = {
  readonly browser: Browser
  readonly url: string
  readonly seconds: number
  readonly race: boolean
  readonly signal: AbortSignal
  /** Whether somebody else got all media in time since then (performance.now). */
  readonly othersInTimeSince: (sinceMs: number) => boolean
  readonly frozenMs?: number
  /** So long may pass before it moves for the first time. */
  readonly joinMs?: number
  /** A tab of this one, which stays open; else a context of its own. */
  readonly context?: BrowserContext
  /** Makes the page ready in another way than by opening the address. */
  readonly open?: (page: Page) => Promise<void>
}

/** Opens a watch page, looks twice a second whether it moves, and closes it. Never throws: what goes wrong is in the answer. */
export async function watchPlayer(options: WatchOptions): Promise<Watched> {
  const { browser, url, seconds, race, signal, othersInTimeSince, frozenMs = FROZEN_MS, joinMs = frozenMs } = options
  let context: BrowserContext | undefined
  let page: Page | undefined
  let failure: string | null = null
  let frozen = false
  let starved = false
  let scene: string | null = null
  let longestStillMs = 0
  let firstFrameMs: number | null = null
  let raced = 0
  let racedParts = 0
  let holes = 0
  let last: Look['stats'] = null
  const latencies: number[] = []
  const crash: { words: string | null } = { words: null }
  try {
    context = options.context ?? (await browser.newContext({ viewport: { width: 1000, height: 700 } }))
    page = await context.newPage()
    page.on('crash', () => {
      crash.words = 'the page crashed'
    })
    await page.addInitScript(noteFirstFrame)
    if (race) await page.addInitScript(forceRace, RACE)
    const openedMs = performance.now()
    if (options.open === undefined) await page.goto(url, { waitUntil: 'commit', timeout: 30_000 })
    else await options.open(page)

    let time: number | null = null
    let movedMs = openedMs
    let begun = false
    while (performance.now() - openedMs < seconds * 1000 && !signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
      if (crash.words !== null || !browser.isConnected()) throw new Error(crash.words ?? 'the browser is gone')
      const look = await answerOf<Look>(page, LOOK)
      const nowMs = performance.now()
      if (look !== null) {
        const moved = look.time !== null && look.time > 0 && look.time !== time
        time = look.time
        last = look.stats ?? last
        holes = Math.max(holes, look.holes)
        raced = Math.max(raced, look.raced)
        racedParts = Math.max(racedParts, look.racedParts)
        firstFrameMs ??= look.firstFrameMs
        if (typeof look.stats?.latency === 'number') latencies.push(look.stats.latency)
        if (moved) {
          if (begun) longestStillMs = Math.max(longestStillMs, nowMs - movedMs)
          movedMs = nowMs
          begun = true
          continue
        }
      }
      const stillMs = nowMs - movedMs
      if (begun) longestStillMs = Math.max(longestStillMs, stillMs)
      if (stillMs < (begun ? frozenMs : joinMs) || frozen) continue
      if (othersInTimeSince(movedMs)) frozen = true
      else starved = true
      scene = JSON.stringify(await answerOf<unknown>(page, SCENE))
    }
  } catch (error) {
    failure = crash.words ?? (error instanceof Error ? error.message : String(error))
  } finally {
    await (options.context === undefined ? context : page)?.close().catch(() => undefined)
  }
  return {
    frozen,
    starved,
    failure,
    longestStillMs: Math.round(longestStillMs),
    holes,
    stalls: last?.stalls ?? 0,
    rescues: last?.rescues ?? 0,
    reloads: last?.reloads ?? 0,
    droppedFrames: last?.droppedFrames ?? 0,
    firstFrameMs: firstFrameMs === null ? null : Math.round(firstFrameMs),
    latencyP50: rounded(quantile(latencies, 0.5)),
    latencyP95: rounded(quantile(latencies, 0.95)),
    raced,
    racedParts,
    scene,
  }
}

const rounded = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds * 100) / 100)

async function answerOf<Answer>(page: Page, expression: string): Promise<Answer | null> {
  const asked = page.evaluate<Answer>(expression).catch(() => null)
  const timer = new AbortController()
  const late = sleep(ANSWER_MS, null, { signal: timer.signal }).catch(() => null)
  const answer = await Promise.race([asked, late])
  timer.abort()
  return answer
}
