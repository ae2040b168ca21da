import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { launchChromium } from '../light/chromium.ts'
import { conditions } from '../light/conditions.ts'
import { Encoder } from '../light/encoder.ts'
import { LightHlsClient } from '../light/hls-client.ts'
import { noteWaits, type Waits } from '../light/page-probe.ts'
import { ServerProcess } from '../light/server-process.ts'
import type { Watched } from './freeze/run-result.ts'
import { watchPlayer } from './freeze/watched-player.ts'

const USAGE = `npm run soak -- tabs [options]: tabs of one browser that watch and chat over HTTP/1.1, and its six connections to a host

  --minutes N    how long (10)
  --tabs N       how many (2)
  --profile P    standard or low (standard)
`
const SLUG = 'hall'
/** The tabs are one person who has just come, and write at the same moment. */
const YAML = `channels: [{ slug: ${SLUG} }]\nlimits: { chat: { messageBurst: 20, firstMessages: 20 } }\n`
const GREETING = 'Good evening'
/** The picture of a tab may stand still for less than this. */
export const STILL_MS = 1000
/** For each tab between two rounds, in which every tab writes once and reacts: all are one person, who must not be taken for a flood. */
const ROUND_MS = 2500
/** What was written is in every tab within this time, or lost. */
const ARRIVES_MS = 8000

export type TabsOptions = { readonly seconds: number; readonly tabs: number; readonly profile: 'standard' | 'low' }

export type TabsResult = {
  readonly written: number
  /** What a tab did not show in time, or more than once. */
  readonly lost: readonly string[]
  readonly slowestMessageMs: number
  readonly tabs: readonly (Watched & Waits)[]
}

/** Opens the tabs one after the other, lets everybody write and react in turn, and looks at all of them. */
export async function soakTabs({ seconds, tabs, profile }: TabsOptions): Promise<TabsResult> {
  await using parts = new AsyncDisposableStack()
  const server = parts.use(await ServerProcess.start({ profile, yaml: YAML }))
  parts.use(await Encoder.replay('gop2', server.publishUrl(SLUG)))
  await server.live(SLUG)
  const witness = new LightHlsClient(server.playlistUrl(SLUG))
  await witness.start()
  parts.defer(() => witness.stop())
  const browser = await launchChromium()
  parts.defer(() => browser.close())
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  await context.addInitScript(noteWaits)
  const done = new AbortController()
  const pages: Page[] = []
  const watching: Promise<Watched>[] = []
  const url = `${server.url}/c/${SLUG}`
  for (let i = 0; i < tabs; i++) {
    const opened = Promise.withResolvers<Page>()
    const open = async (page: Page) => {
      await page.goto(url, { waitUntil: 'commit', timeout: 30_000 })
      opened.resolve(page)
    }
    const othersInTimeSince = (sinceMs: number) => witness.inTimeSince(sinceMs)
    const options = { browser, context, url, open, race: false, signal: done.signal, othersInTimeSince }
    const watched = watchPlayer({ ...options, seconds: Number.POSITIVE_INFINITY })
    watching.push(watched)
    const page = await Promise.race([
      opened.promise,
      watched.then(({ failure }) => Promise.reject(new Error(`${failure}`))),
    ])
    await page.getByLabel('Message', { exact: true }).waitFor({ timeout: 30_000 })
    if (i === 0) await introduce(page)
    // Who sees what was written before is in the room.
    await page.locator('.msg').getByText(GREETING, { exact: true }).waitFor({ timeout: 30_000 })
    pages.push(page)
  }
  const talked = await talk(pages, seconds * 1000)
  const waits = await Promise.all(pages.map((page) => page.evaluate<Waits>('globalThis.waits')))
  done.abort()
  const watched = await Promise.all(watching)
  const nothing: Waits = { stillMs: 0, playlistMs: 0, mediaMs: 0, otherMs: 0 }
  return { ...talked, tabs: watched.map((each, i) => ({ ...each, ...(waits[i] ?? nothing) })) }
}

/** Faults of a run, in words; none: nobody was in anybody's way. */
export function faultsOf({ lost, tabs }: TabsResult): string[] {
  const faults = lost.map((text) => `lost: ${text}`)
  for (const [i, tab] of tabs.entries()) {
    const { failure, frozen, starved, stalls, rescues, stillMs } = tab
    if (failure !== null) faults.push(`tab ${i}: ${failure}`)
    if (frozen || starved) faults.push(`tab ${i}: stood still, ${tab.scene}`)
    if (stalls + rescues > 0) faults.push(`tab ${i}: ${stalls} stalls, ${rescues} rescues`)
    if (stillMs >= STILL_MS) faults.push(`tab ${i}: stood still for ${stillMs} ms`)
  }
  return faults
}

async function introduce(page: Page): Promise<void> {
  await write(page, GREETING)
  await page.getByLabel('What shall we call you?').fill('Rosa')
  await page.keyboard.press('Enter')
  await page.locator('.msg.mine:not(.sending)').waitFor({ timeout: 15_000 })
}

async function write(page: Page, text: string): Promise<void> {
  const field = page.getByLabel('Message', { exact: true })
  await field.fill(text)
  await field.press('Enter')
}

async function talk(pages: readonly Page[], forMs: number): Promise<Omit<TabsResult, 'tabs'>> {
  const endsMs = performance.now() + forMs
  const lost: string[] = []
  let written = 0
  let slowestMessageMs = 0
  for (let round = 1; performance.now() < endsMs; round++) {
    const nextMs = performance.now() + ROUND_MS * pages.length
    const texts = pages.map((_, i) => `tab ${i}, round ${round}`)
    const startedMs = performance.now()
    await Promise.all(pages.map((page, i) => write(page, texts[i] ?? '')))
    await Promise.all(pages.map((page) => page.getByRole('button', { name: /^Heart/ }).click()))
    written += texts.length
    for (const [i, page] of pages.entries()) {
      for (const text of texts) {
        const arrived = page.locator('.msg:not(.sending) .txt').getByText(text, { exact: true })
        const leftMs = Math.max(1, startedMs + ARRIVES_MS - performance.now())
        await arrived
          .first()
          .waitFor({ timeout: leftMs })
          .catch(() => undefined)
        const count = await arrived.count()
        if (count !== 1) lost.push(`“${text}” is ${count} times in tab ${i}`)
      }
    }
    slowestMessageMs = Math.max(slowestMessageMs, Math.round(performance.now() - startedMs))
    await sleep(Math.max(0, Math.min(nextMs, endsMs) - performance.now()))
  }
  return { written, lost, slowestMessageMs }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      tabs: { type: 'string', default: '2' },
      profile: { type: 'string', default: 'standard' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(USAGE)
  else {
    const profile = values.profile === 'low' ? 'low' : 'standard'
    const options = { seconds: Number(values.minutes) * 60, tabs: Number(values.tabs), profile } as const
    const result = await soakTabs(options)
    const faults = faultsOf(result)
    console.table(result.tabs.map(({ scene, failure, ...figures }) => figures))
    console.log(JSON.stringify({ soak: 'tabs', ...options, ...result, ...conditions() }))
    console.log(
      faults.length > 0
        ? `FAILED:\n${faults.join('\n')}`
        : `no stall, ${result.written} messages in every tab, the slowest within ${result.slowestMessageMs} ms`,
    )
    process.exitCode = faults.length > 0 ? 1 : 0
  }
}
