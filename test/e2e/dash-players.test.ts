import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { DASH_PLAYERS, type DashReport, serveDashPlayers } from '../light/dash-players.ts'
import { Encoder } from '../light/encoder.ts'
import { ServerProcess, until as untilTrue } from '../light/server-process.ts'
import { parseMpd } from '../oracles/strict-mpd.ts'
import { launch, until } from './browser.ts'

process.env.STREAMHOST_INGEST_END_SECONDS = '0'

suite('DASH players of others', () => {
  const parts = new AsyncDisposableStack()
  let server: ServerProcess
  let encoder: Encoder
  let browser: Browser
  const pages = new Map<string, Page>()
  const manifestUrl = (): string => `${server.url}/live/choir/manifest.mpd`
  const manifest = async () => parseMpd(await (await fetch(manifestUrl())).text())
  const told = (player: string): Promise<DashReport> =>
    pages.get(player)?.evaluate<DashReport>('told()') ?? assert.fail('not opened')

  before(async () => {
    server = parts.use(await ServerProcess.start())
    const site = parts.use(await serveDashPlayers())
    browser = await launch()
    parts.defer(() => browser.close())
    encoder = await Encoder.replay('gop2', server.publishUrl('choir'))
    await server.live('choir')
    await untilTrue(async () => (await manifest()).periods.length > 0, 60_000, 'there is no manifest')
    assert.equal((await manifest()).periods[0]?.sets[0]?.template.kind, 'number')
    for (const player of DASH_PLAYERS) {
      const page = await (await browser.newContext()).newPage()
      await page.goto(site.url)
      await page.evaluate(`start(${JSON.stringify(player)}, ${JSON.stringify(manifestUrl())})`)
      pages.set(player, page)
    }
  })
  after(async () => {
    await encoder?.stop()
    await parts.disposeAsync()
  })

  /** Every player comes so far, without an error. */
  async function all(expression: string, t: { diagnostic(text: string): void }): Promise<void> {
    for (const player of DASH_PLAYERS) {
      const page = pages.get(player)
      assert.ok(page !== undefined)
      await until(page, expression, 90_000).catch(async (error: Error) => {
        throw new Error(`${player}: ${error.message}: ${JSON.stringify(await told(player))}`)
      })
      const report = await told(player)
      t.diagnostic(`${player} ${JSON.stringify(report)}`)
      assert.deepEqual(report.errors, [], player)
    }
  }

  test('play picture and sound', async (t) => {
    await all('told().played > 4', t)
    for (const player of DASH_PLAYERS) {
      const { videoBytes, audioBytes } = await told(player)
      assert.ok(videoBytes > 0 && audioBytes > 0, `${player}: ${videoBytes}, ${audioBytes}`)
    }
  })

  test('go on in a new Period when an encoder is cut off and returns', async (t) => {
    await encoder.kill()
    encoder = await Encoder.replay('gop2', server.publishUrl('choir'))
    await untilTrue(async () => (await manifest()).periods.length > 1, 60_000, 'there is no new Period')
    const { periods } = await manifest()
    const start = Number(/[\d.]+/.exec(periods.at(-1)?.start ?? '')?.[0])
    await all(`told().time > ${start + 3}`, t)
  })

  test('play to the end, and whoever comes then finds what is left', async (t) => {
    await encoder.stop()
    await all('told().ended', t)
    assert.equal((await manifest()).type, 'static')
    const listed = async () => (await manifest()).periods.every(({ sets }) => sets[0]?.template.kind === 'timeline')
    await untilTrue(listed, 60_000, 'segments are not listed')
    const args = ['-v', 'error', '-count_packets', '-show_entries', 'stream=codec_name,nb_read_packets', '-of', 'json']
    const { stdout } = await promisify(execFile)('ffprobe', [...args, manifestUrl()])
    const { streams } = JSON.parse(stdout) as { streams: { codec_name: string; nb_read_packets: string }[] }
    assert.deepEqual(streams.map(({ codec_name }) => codec_name).sort(), ['aac', 'h264'])
    for (const { nb_read_packets } of streams) assert.ok(Number(nb_read_packets) > 60)
  })
})
