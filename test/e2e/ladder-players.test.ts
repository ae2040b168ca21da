import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { LadderOrigin, makeLadder } from '../light/ladder-origin.ts'
import { LADDER_PLAYERS, type LadderPlayer, type LadderReport, serveLadderPlayers } from '../light/ladder-players.ts'
import { launch, until } from './browser.ts'

const NAMES = Object.keys(LADDER_PLAYERS) as LadderPlayer[]
/** With gaps in place of another quality hls.js and shaka-player stood still for 7 s and more; a busy machine alone for one. */
const STALL_MS = 6000

suite('players of others on a ladder', () => {
  const parts = new AsyncDisposableStack()
  const pages = new Map<LadderPlayer, Page>()
  let origin: LadderOrigin
  let browser: Browser

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'streamhost-ladder-'))
    parts.defer(() => rm(folder, { recursive: true, force: true }))
    origin = new LadderOrigin(await makeLadder(folder, 2))
    parts.defer(() => origin.stop())
    origin.start()
    const server = await origin.listen()
    parts.defer(() => server.close())
    const site = parts.use(await serveLadderPlayers())
    browser = await launch()
    parts.defer(() => browser.close())
    for (const name of NAMES) {
      const page = await (await browser.newContext()).newPage()
      await page.goto(site.url)
      void page.evaluate(`start(${JSON.stringify(name)}, ${JSON.stringify(server.url + LADDER_PLAYERS[name])})`)
      pages.set(name, page)
    }
    for (const page of pages.values()) await until(page, 'told().time > 0 && video.videoHeight > 0 && go', 60_000)
  })
  after(() => parts.disposeAsync())

  /** Does something in all players; each comes to show this height, without a stall and without an error that ends it. */
  async function all(t: { diagnostic(text: string): void }, act: string, height: number): Promise<void> {
    for (const page of pages.values()) {
      await until(page, `knows(${height})`, 90_000)
      await page.evaluate(`forget(); ${act}`)
    }
    await shows(t, height)
  }
  async function shows(
    t: { diagnostic(text: string): void },
    height: number,
    who: (name: string) => boolean = () => true,
  ): Promise<void> {
    for (const [name, page] of pages) {
      if (!who(name)) continue
      const told = (): Promise<LadderReport> => page.evaluate<LadderReport>('told()')
      await until(page, `told().height === ${height} || told().fatal.length > 0`, 90_000).catch(
        async (error: Error) => {
          throw new Error(`${name}: ${error.message}: ${JSON.stringify(await told())}`)
        },
      )
      const report = await told()
      t.diagnostic(`${name} ${JSON.stringify(report)}`)
      assert.deepEqual(report.fatal, [], name)
      assert.ok(report.stillMs < STALL_MS, `${name} stood still for ${report.stillMs} ms`)
    }
  }

  test('go down and up without a stall', async (t) => {
    await all(t, 'go(144)', 144)
    await all(t, 'go(360)', 360)
    await all(t, 'go(240)', 240)
  })

  test('go on over a pause of the rung that they are on, and come back to it', async (t) => {
    for (const page of pages.values()) await page.evaluate('forget()')
    origin.pause('240p')
    await shows(t, 144)
    origin.resume('240p')
    // In DASH it is a Representation of another Period, which is theirs to choose again.
    await shows(t, 240, (name) => name.includes('hls') || name.includes('HLS'))
  })

  test('go on where all rungs pause, with the picture as it was sent', async (t) => {
    for (const page of pages.values()) await page.evaluate('forget()')
    origin.pause('240p')
    origin.pause('144p')
    await shows(t, 360)
  })
})
