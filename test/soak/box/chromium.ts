import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { launchChromium } from '../../light/chromium.ts'
import { type ServerProcess, until } from '../../light/server-process.ts'
import type { Acting } from './actor.ts'

/** What a page tells of its player. A string, for the page's scope has other types than ours. */
const LOOK = `(() => {
  const stats = document.querySelector('[data-player]')?.stats
  return { time: document.querySelector('video')?.currentTime ?? 0, stalls: stats?.stalls ?? 0, rescues: stats?.rescues ?? 0,
    latency: stats?.latency ?? 0 }
})()`

type Look = { readonly time: number; readonly stalls: number; readonly rescues: number; readonly latency: number }

const NOTHING: Look = { time: 0, stalls: 0, rescues: 0, latency: 0 }
const APART_MS = 1500
const JOIN_MS = 60_000
const ANSWER_MS = 4000
/** Decoding in software takes most of the machine; painting large pages would take the rest. */
const VIEWPORT = { width: 640, height: 400 }

/** Watch pages in one browser, each on a channel of its own. Their own figures are told. */
export async function watchInChromium(
  server: ServerProcess,
  channels: readonly string[],
  count: number,
): Promise<Acting> {
  const browser = await launchChromium()
  const pages: { readonly page: Page; last: Look }[] = []
  const faults: string[] = []
  try {
    for (let i = 0; i < count; i++) {
      const page = await (await browser.newContext({ viewport: VIEWPORT })).newPage()
      page.on('crash', () => faults.push(`page ${i} crashed`))
      await page.goto(`${server.url}/c/${channels[i % channels.length]}`, { waitUntil: 'commit', timeout: JOIN_MS })
      await until(async () => (await page.evaluate<Look>(LOOK)).time > 0, JOIN_MS, `page ${i} shows nothing`)
      pages.push({ page, last: NOTHING })
      await sleep(APART_MS)
    }
  } catch (error) {
    await browser.close()
    throw error
  }
  return {
    async look() {
      const counts = { pages: pages.length, stalls: 0, rescues: 0, still: 0, silent: 0, latencyMs: 0 }
      await Promise.all(
        pages.map(async (each) => {
          const asked = each.page.evaluate<Look>(LOOK).catch(() => undefined)
          const look = await Promise.race([asked, sleep(ANSWER_MS, undefined)])
          if (look === undefined) {
            counts.silent++
            return
          }
          counts.stalls += look.stalls - each.last.stalls
          counts.rescues += look.rescues - each.last.rescues
          if (look.time === each.last.time) counts.still++
          counts.latencyMs = Math.max(counts.latencyMs, Math.round(look.latency * 1000))
          each.last = look
        }),
      )
      const told = faults.splice(0)
      return { counts: { ...counts, failed: told.length }, faults: told }
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
