import { appendFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { launchChromium } from '../light/chromium.ts'
import { conditions } from '../light/conditions.ts'
import { DASH_PLAYERS, serveDashPlayers } from '../light/dash-players.ts'
import { Encoder } from '../light/encoder.ts'
import { freePorts, ServerProcess, until } from '../light/server-process.ts'
import { ByteLedger } from '../oracles/byte-ledger.ts'
import { parseMediaPlaylist } from '../oracles/strict-playlist.ts'

const USAGE = `npm run soak -- restarts [options]: a server is killed (kill -9) and started again under its viewers

  --kills N     how often (10)
  --light N     viewers that follow the playlists without a browser (50)
  --chromium N  1: the page; 2: shaka-player, too; 3: dash.js, too (3)
  --out FILE    a line of JSON for each kill
`
/** By then everybody plays again, counted from the encoder's return. */
const RESUMED_WITHIN_MS = 5000
/** Longer than this nobody waits for a viewer that does not come back. */
const GIVE_UP_MS = 60_000

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '10' },
    light: { type: 'string', default: '50' },
    chromium: { type: 'string', default: '3' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(USAGE)
  process.exit()
}

/** Follows a playlist by blocking reloads, and asks for all media it lists; never gives up. */
class LightViewer {
  readonly #base: string
  readonly #name: string
  readonly #ledger: ByteLedger
  readonly #asked = new Set<string>()
  /** The newest segment's address that it has. */
  newest = ''
  error: unknown

  constructor(base: string, name: string, ledger: ByteLedger) {
    this.#base = base
    this.#name = name
    this.#ledger = ledger
  }

  async run(signal: AbortSignal): Promise<void> {
    let query = ''
    while (!signal.aborted) {
      try {
        const response = await fetch(`${this.#base}${this.#name}${query}`, { signal })
        if (!response.ok) throw new Error(String(response.status))
        const { segments, open } = parseMediaPlaylist(await response.text())
        query = `?_HLS_msn=${open.msn}&_HLS_part=${open.parts.length}`
        const uris = [...segments.filter(({ gap }) => !gap).map(({ uri }) => uri), ...open.parts.map(({ uri }) => uri)]
        for (const uri of uris.filter((each) => !this.#asked.has(each))) {
          if ((await this.#ledger.ask(this.#base, uri)) !== 200) continue
          this.#asked.add(uri)
          this.newest = uri
        }
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') {
          this.error = error
          return
        }
        query = ''
        await sleep(250, undefined, { signal }).catch(() => {})
      }
    }
  }
}

await using parts = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), 'streamhost-soak-restarts-'))
parts.defer(() => rm(folder, { recursive: true, force: true }))
const [httpPort = 0, rtmpPort = 0] = await freePorts(2)
const dataDir = join(folder, 'data')
let server = await ServerProcess.start({ dataDir, httpPort, rtmpPort })
parts.defer(() => server.stop())
let encoder = await Encoder.replay('gop2', server.publishUrl('hall'))
parts.defer(() => encoder.stop())
await server.live('hall', GIVE_UP_MS)
const base = `${server.url}/live/hall/`

const ledger = new ByteLedger()
const stop = new AbortController()
const names = ['source.m3u8', 'audio.m3u8']
const viewers = Array.from(
  { length: Number(values.light) },
  (_, index) => new LightViewer(base, names[index % 2] ?? '', ledger),
)
const watching = viewers.map((viewer) => viewer.run(stop.signal))
parts.defer(async () => {
  stop.abort()
  await Promise.all(watching)
})

const pages: { readonly name: string; readonly page: Page }[] = []
if (Number(values.chromium) > 0) {
  const browser = await launchChromium()
  parts.defer(() => browser.close())
  const site = parts.use(await serveDashPlayers())
  for (const name of ['page', ...DASH_PLAYERS].slice(0, Number(values.chromium))) {
    const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage()
    await page.goto(name === 'page' ? `${server.url}/c/hall` : site.url)
    if (name !== 'page')
      await page.evaluate(`start(${JSON.stringify(name)}, ${JSON.stringify(`${base}manifest.mpd`)}, true)`)
    pages.push({ name, page })
  }
}
const timeOf = (page: Page): Promise<number> =>
  page.evaluate<number>(`document.querySelector('video')?.currentTime ?? 0`)
/** Resolves when the picture moves: three looks in a row, each further than the last. @returns milliseconds */
async function moves(page: Page): Promise<number> {
  const startedAt = performance.now()
  let last = await timeOf(page)
  for (let times = 0; times < 3; ) {
    if (performance.now() - startedAt > GIVE_UP_MS) return Number.POSITIVE_INFINITY
    await sleep(200)
    const now = await timeOf(page)
    times = now > last ? times + 1 : 0
    last = now
  }
  return performance.now() - startedAt - 600
}
await Promise.all(pages.map(({ page }) => moves(page)))

let failed = false
for (let kill = 1; kill <= Number(values.kills); kill++) {
  await sleep(6000)
  const before = new Map(viewers.map((viewer) => [viewer, viewer.newest]))
  await server.kill()
  await encoder.stop()
  server = await ServerProcess.start({ dataDir, httpPort, rtmpPort })
  const epochs = new Set([...before.values()].map((uri) => uri.split('/')[1]))
  encoder = await Encoder.replay('gop2', server.publishUrl('hall'))
  const isBack = async (): Promise<boolean> => {
    const { open } = parseMediaPlaylist(await (await fetch(`${base}source.m3u8`)).text())
    return open.parts.length > 0
  }
  await until(isBack, GIVE_UP_MS, 'the encoder is not back')
  const backAt = performance.now()
  const light = await Promise.all(
    viewers.map(async (viewer) => {
      while (epochs.has(viewer.newest.split('/')[1]) && performance.now() - backAt < GIVE_UP_MS && !viewer.error)
        await sleep(20)
      return epochs.has(viewer.newest.split('/')[1]) ? Number.POSITIVE_INFINITY : performance.now() - backAt
    }),
  )
  const chromium = await Promise.all(
    pages.map(async ({ name, page }) => [name, Math.round(await moves(page))] as const),
  )
  const slowest = Math.round(Math.max(0, ...light))
  const error = viewers.find((viewer) => viewer.error !== undefined)?.error
  const bad = slowest > RESUMED_WITHIN_MS || chromium.some(([, ms]) => ms > RESUMED_WITHIN_MS) || error !== undefined
  failed ||= bad
  const line = {
    ...{ soak: 'restarts', kill, readyMs: Math.round(server.readyMs), lightSlowestMs: slowest },
    ...Object.fromEntries(chromium.map(([name, ms]) => [`${name}Ms`, ms])),
    ...{ addresses: ledger.size, error: error === undefined ? undefined : String(error), ok: !bad, ...conditions() },
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
  if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(line)}\n`)
}
process.exitCode = failed ? 1 : 0
