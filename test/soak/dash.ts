import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { spread } from '../../bench/measure/figures.ts'
import { launchChromium } from '../light/chromium.ts'
import { clockEncoder } from '../light/clock-encoder.ts'
import { LAYOUT, readClock, writeClock } from '../light/clock-picture.ts'
import { conditions } from '../light/conditions.ts'
import { DASH_PLAYERS, type DashReport, serveDashPlayers } from '../light/dash-players.ts'
import { ServerProcess, until } from '../light/server-process.ts'

const USAGE = `npm run soak -- dash [options]: shaka-player and dash.js on low-latency DASH, how far behind they are and how often they stall

  --minutes N   how long both of them watch, after 15 s (10)
  --seconds N   the same in seconds
  --profile P   standard or low (standard)
  --player NAME only shaka-player or dash.js
  --out FILE    a line of JSON for each player
`
const WARM_UP_MS = 15_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seconds: { type: 'string' },
    profile: { type: 'string', default: 'standard' },
    player: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(USAGE)
  process.exit()
}
const watchedMs = values.seconds === undefined ? Number(values.minutes) * 60_000 : Number(values.seconds) * 1000
const players = DASH_PLAYERS.filter((name) => values.player === undefined || values.player === name)

await using parts = new AsyncDisposableStack()
const server = parts.use(await ServerProcess.start({ profile: values.profile === 'low' ? 'low' : 'standard' }))
const site = parts.use(await serveDashPlayers())
const encoder = parts.use(clockEncoder('gop2', server.publishUrl('clock')))
const { stdin } = encoder.child
if (stdin === null) throw new Error('the encoder takes no pictures')
const stop = new AbortController()
const writing = writeClock(stdin, stop.signal)
parts.defer(async () => {
  stop.abort()
  await writing
})
const manifest = `${server.url}/live/clock/manifest.mpd`
await until(async () => (await fetch(manifest)).ok, 30_000, 'there is no manifest')
const browser = await launchChromium()
parts.defer(() => browser.close())
const pages = await Promise.all(
  players.map(async (name) => {
    const page = await (await browser.newContext({ viewport: { width: 1000, height: 700 } })).newPage()
    await page.addInitScript(readClock, LAYOUT)
    await page.goto(site.url)
    await page.evaluate(`start(${JSON.stringify(name)}, ${JSON.stringify(manifest)})`)
    return { name, page }
  }),
)
await sleep(WARM_UP_MS)
const begun = await Promise.all(pages.map(({ page }) => page.evaluate<DashReport>('told()')))
await sleep(watchedMs)
if (!encoder.running) throw new Error(`the encoder ended: ${encoder.output}`)
let failed = false
for (const [i, { name, page }] of pages.entries()) {
  const report = await page.evaluate<DashReport>('told()')
  const delays = await page.evaluate<[number, number][]>('delays')
  const ages = delays.filter(([atMs]) => atMs > WARM_UP_MS).map(([, age]) => age)
  const stalls = report.stalls - (begun[i]?.stalls ?? 0)
  const played = Math.round(report.played - (begun[i]?.played ?? 0))
  const { errors, jumps, latency } = report
  const stalledAt = report.stalledAt.slice(begun[i]?.stalls ?? 0)
  const line = {
    soak: 'dash',
    player: name,
    ...spread(ages),
    pictures: ages.length,
    played,
    stalls,
    stalledAt,
    jumps,
    errors,
    latency,
  }
  if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify({ ...line, ...conditions() })}\n`)
  process.stdout.write(`${JSON.stringify(line)}\n`)
  failed ||= errors.length > 0 || played === 0 || ages.length === 0
}
process.stdout.write(`load average ${conditions().loadAverage}\n`)
// How far behind and how often still is told, not judged: that needs a quiet machine.
process.exitCode = failed ? 1 : 0
