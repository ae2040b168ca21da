import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { launchChromium } from '../test/light/chromium.ts'
import { Encoder } from '../test/light/encoder.ts'
import { noteFirstFrame } from '../test/light/page-probe.ts'
import { ServerProcess, until } from '../test/light/server-process.ts'
import { spread } from './measure/figures.ts'
import type { Measure } from './measure/frame.ts'

/** A cheap phone on a weak network, as Lighthouse has it: four times slower, 1.6 Mbit/s, 150 ms there and back. */
const CPU_SLOWDOWN = 4
const BYTES_PER_SECOND = 1_600_000 / 8
const ROUND_TRIP_MS = 150
/** How long after the first picture layout may still shift. */
const SETTLE_MS = 5000

type Opened = {
  readonly firstFrameMs: number
  readonly lcpMs: number
  readonly cls: number
  /** Of scripts that had come when the first picture was there, as sent. */
  readonly scriptBytes: number
  readonly hlsBytes: number
  readonly bytes: number
  readonly lcp: readonly string[]
  readonly shifts: readonly string[]
  readonly order: string
}

/** Runs in the page before its own scripts. Refers to nothing outside itself. */
function notePaints(): void {
  type Entry = {
    startTime: number
    value?: number
    size?: number
    hadRecentInput?: boolean
    element?: Node | null
    sources?: { node?: Node | null }[]
  }
  type Node = { outerHTML?: string }
  type Scope = {
    lcpMs: number
    lcp: string[]
    cls: number
    shifts: string[]
    PerformanceObserver: new (
      see: (list: { getEntries(): Entry[] }) => void,
    ) => {
      observe(options: { type: string; buffered: boolean }): void
    }
  }
  const page = globalThis as unknown as Scope
  page.lcpMs = 0
  page.lcp = []
  page.cls = 0
  page.shifts = []
  new page.PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      page.lcpMs = entry.startTime
      page.lcp.push(`${Math.round(entry.startTime)} ${entry.size} ${entry.element?.outerHTML?.slice(0, 60) ?? ''}`)
    }
  }).observe({ type: 'largest-contentful-paint', buffered: true })
  new page.PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput === true) continue
      page.cls += entry.value ?? 0
      for (const { node } of entry.sources ?? [])
        page.shifts.push(
          `${Math.round(entry.startTime)} ${entry.value?.toFixed(3)} ${node?.outerHTML?.slice(0, 60) ?? ''}`,
        )
    }
  }).observe({ type: 'layout-shift', buffered: true })
}

type Sent = { readonly path: string; readonly type: string; readonly startedMs: number; endedMs: number; bytes: number }

/** What was sent to the page, by request. Milliseconds since the first of them. */
function watchNetwork(cdp: CDPSession): Map<string, Sent> {
  const sent = new Map<string, Sent>()
  let firstMs: number | undefined
  cdp.on('Network.requestWillBeSent', ({ requestId, request, type, timestamp }) => {
    firstMs ??= timestamp * 1000
    const path = new URL(request.url).pathname
    const startedMs = timestamp * 1000 - firstMs
    sent.set(requestId, { path, type: type ?? '', startedMs, endedMs: Number.POSITIVE_INFINITY, bytes: 0 })
  })
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength, timestamp }) => {
    const one = sent.get(requestId)
    if (one === undefined) return
    one.endedMs = timestamp * 1000 - (firstMs ?? 0)
    one.bytes = encodedDataLength
  })
  return sent
}

/** Opens the watch page for the first time, nothing cached. */
async function open(browser: Browser, url: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true })
  try {
    const page: Page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    await cdp.send('Network.enable')
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: ROUND_TRIP_MS,
      downloadThroughput: BYTES_PER_SECOND,
      uploadThroughput: BYTES_PER_SECOND,
    })
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN })
    const sent = watchNetwork(cdp)
    await page.addInitScript(noteFirstFrame)
    await page.addInitScript(notePaints)
    await page.goto(url, { waitUntil: 'commit' })
    await until(() => page.evaluate<boolean>('globalThis.firstFrameMs !== undefined'), 30_000, 'no picture')
    await sleep(SETTLE_MS)
    const seen = await page.evaluate<Pick<Opened, 'firstFrameMs' | 'lcpMs' | 'lcp' | 'cls' | 'shifts'>>(
      '({ firstFrameMs, lcpMs, lcp, cls, shifts })',
    )
    const before = [...sent.values()].filter((one) => one.endedMs <= seen.firstFrameMs)
    const bytesOf = (some: readonly Sent[]): number => some.reduce((sum, { bytes }) => sum + bytes, 0)
    const scripts = before.filter(({ type }) => type === 'Script')
    const hls = scripts.filter(({ path }) => /\/hls-/.test(path))
    return {
      ...seen,
      bytes: bytesOf(before),
      hlsBytes: bytesOf(hls),
      scriptBytes: bytesOf(scripts) - bytesOf(hls),
      order: before
        .map((one) => `${Math.round(one.startedMs)}–${Math.round(one.endedMs)} ${one.bytes} ${one.path.slice(-48)}`)
        .join('\n'),
    }
  } finally {
    await context.close()
  }
}

/** The watch page on a cheap phone: what a newcomer waits for, and what is sent meanwhile. In its short form nothing. */
export const measure: Measure = {
  name: 'phone',
  about: 'the watch page on a throttled phone: largest paint, layout shift, first picture, bytes of script',
  minutes: 2,
  rounds: 5,
  async run(bench) {
    if (bench.short) return
    await using parts = new AsyncDisposableStack()
    const server = parts.use(await ServerProcess.start())
    parts.use(await Encoder.replay('gop2', server.publishUrl('phone')))
    await server.live('phone')
    const browser = await launchChromium()
    parts.defer(() => browser.close())
    // A broadcast that has been on air for a while, and pages whose compressed forms are made.
    await sleep(8000)
    const opened: Opened[] = []
    for (let round = 0; round < bench.rounds; round++) {
      opened.push(await open(browser, `${server.url}/c/phone`))
      await sleep(700 + round * 130)
    }
    const tell = (name: string, unit: string, of: (one: Opened) => number, atMost?: number): void =>
      bench.tell({ name, unit, ours: spread(opened.map(of)), ...(atMost !== undefined && { atMost }) })
    tell('first picture', 'ms', (one) => one.firstFrameMs, 4000)
    tell('largest contentful paint', 'ms', (one) => one.lcpMs, 2500)
    tell('layout shift', '', (one) => one.cls, 0.05)
    tell('script before the first picture, without hls.js', 'kB', (one) => one.scriptBytes / 1000, 90)
    tell('hls.js', 'kB', (one) => one.hlsBytes / 1000)
    tell('all that was sent before the first picture', 'kB', (one) => one.bytes / 1000)
    const last = opened.at(-1)
    if (last !== undefined)
      bench.note(
        `largest:\n${last.lcp.join('\n')}\nshifted:\n${last.shifts.join('\n')}\nsent before the first picture:\n${last.order}`,
      )
  },
}
