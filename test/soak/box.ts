import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Conditions, conditions } from '../light/conditions.ts'
import { ROOT } from '../light/server-process.ts'
import type { BoxOptions } from './box/actor.ts'
import { plotOf } from './box/plot.ts'
import { judgedFromOf, runBox } from './box/run-box.ts'
import type { Sample } from './box/sample.ts'
import { SHORT } from './box/short.ts'
import { busyOf, type Judgement, total } from './box/verdict.ts'

const USAGE = `npm run soak -- box [options]: everybody on one box for hours, and what grows meanwhile

  --minutes N      how long, after all have come (60)
  --publishers N   encoders that stay (20)
  --encoders N     encoders that go in bad ways and come back (4)
  --viewers N      light viewers of low-latency HLS (200)
  --rewinders N    who go back in the rewind window (10)
  --players N      players of RTMP, HTTP-FLV and WebSocket-FLV (12)
  --chromium N     watch pages in Chromium (3)
  --stalled N      sockets that begin something and never go on (200)
  --hostile N      hostile peers a second (20)
  --chat N         people in a chat, somebody says something every second (50)
  --dvr-seconds N  the rewind window (1800)
  --warm-up N      minutes that are not judged; nor are those until the rewind window is full (10)
  --seed N         the same chances as another run with this seed (1)
  --short          a small run of half a minute, as in npm test
  --out FILE       a line of JSON for each sample
  --plot FILE      the plot (docs/plots/box.svg when it lasts an hour, else none)
  --read FILE      draws and judges nothing new, but what --out has written

Exit status 1 when something was broken that must not be.
`
const DEFAULTS: BoxOptions = {
  ...{
    minutes: 60,
    publishers: 20,
    encoders: 4,
    viewers: 200,
    rewinders: 10,
    players: 12,
    chromium: 3,
    stalled: 200,
    hostile: 20,
  },
  ...{ chat: 50, dvrSeconds: 1800, warmUp: 10, seed: 1, short: false },
}
const PLOT = join(ROOT, 'docs/plots/box.svg')
const HOUR = 60

type Begun = { readonly options: BoxOptions; readonly conditions: Conditions }
type Line = ({ readonly kind: 'begun' } & Begun) | ({ readonly kind: 'sample' } & Sample) | { readonly kind: 'judged' }

async function main(): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: {
      ...{
        minutes: text,
        publishers: text,
        encoders: text,
        viewers: text,
        rewinders: text,
        players: text,
        chromium: text,
      },
      ...{ stalled: text, hostile: text, chat: text, 'dvr-seconds': text, 'warm-up': text, seed: text },
      ...{ out: text, plot: text, read: text },
      short: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  if (values.read !== undefined) return readAgain(values.read, values.plot ?? PLOT)
  const base = values.short ? SHORT : DEFAULTS
  const given = Object.entries(values).flatMap(([name, value]) => {
    const key = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    return typeof value === 'string' && key in base ? [[key, numberOf(name, value)]] : []
  })
  const options: BoxOptions = { ...base, ...(Object.fromEntries(given) as Partial<BoxOptions>) }
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort(new Error(name)))
  const begun: Begun = { options, conditions: conditions() }
  const write = (line: object): void => {
    if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(line)}\n`)
  }
  if (values.out !== undefined) writeFileSync(values.out, '')
  write({ soak: 'box', kind: 'begun', ...begun })
  const told = {
    words: (words: string) => void process.stdout.write(`${words}\n`),
    sample: (sample: Sample) => {
      write({ kind: 'sample', ...sample })
      process.stdout.write(`${lineOf(sample)}\n`)
    },
  }
  const { samples, judgements, judgedFrom } = await runBox(options, told, stop.signal)
  const ended = conditions()
  write({ kind: 'judged', judgements, conditions: ended })
  const plot = values.plot ?? (options.minutes >= HOUR ? PLOT : undefined)
  if (plot !== undefined) draw(plot, samples, begun, judgedFrom)
  const status = tell(samples, judgements, ended)
  if (!stop.signal.aborted) return status
  process.stdout.write(`interrupted after ${samples.at(-1)?.second ?? 0} s\n`)
  return 1
}

/** What a file of samples shows: drawn again, its verdicts told again. */
function readAgain(file: string, plot: string): number {
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  const begun = lines.find((line) => line.kind === 'begun')
  if (begun === undefined) throw new Error(`${file} is no file of this soak`)
  draw(
    plot,
    lines.filter((line) => line.kind === 'sample'),
    begun,
    judgedFromOf(begun.options),
  )
  return 0
}

function draw(plot: string, samples: readonly Sample[], begun: Begun, judgedFrom: number): void {
  mkdirSync(dirname(plot), { recursive: true })
  writeFileSync(plot, plotOf(samples, begun.options, begun.conditions, judgedFrom))
  process.stdout.write(`drawn: ${plot}\n`)
}

function tell(samples: readonly Sample[], judgements: readonly Judgement[], ended: Conditions): number {
  for (const { name, found, must, verdict } of judgements)
    process.stdout.write(`${verdict.padEnd(6)} ${name}: ${found} (must: ${must})\n`)
  const faults = samples.flatMap((sample) => sample.faults)
  for (const words of faults.slice(0, 20)) process.stdout.write(`  ✖ ${words}\n`)
  if (faults.length > 20) process.stdout.write(`  … and ${faults.length - 20} more\n`)
  const busy = busyOf(samples).filter(Boolean).length
  const { date, commit, node, processors, loadAverage } = ended
  process.stdout.write(
    `${total(samples, ['parts'])} parts; busy in ${busy} of ${samples.length} samples; ` +
      `${date}, commit ${commit}, Node ${node}, ${processors}, load average ${loadAverage}\n`,
  )
  const broken = judgements.filter(({ verdict }) => verdict === 'broken').length
  process.stdout.write(broken > 0 ? `FAILED: ${broken} broken\n` : 'nothing broken\n')
  return broken > 0 ? 1 : 0
}

function lineOf({ second, rss, heap, descriptors, eventLoopP99Ms, load, actors }: Sample): string {
  const told = Object.entries(actors).flatMap(
    ([name, { stalls = 0, behind = 0, missing = 0, holes = 0, lateWorstMs, lagMs }]) => {
      const late = Math.max(lateWorstMs ?? 0, lagMs ?? 0)
      const words = [
        stalls > 0 && `${stalls} stalls`,
        behind > 0 && `${behind} behind`,
        missing + holes > 0 && `${missing + holes} lost`,
        late > 50 && `${late} ms late`,
      ]
      const some = words.filter((each) => each !== false)
      return some.length > 0 ? [`${name}: ${some.join(', ')}`] : []
    },
  )
  const box = `${rss} MiB (heap ${heap}), ${descriptors} descriptors, loop ${eventLoopP99Ms} ms, load ${load}`
  return `${String(second).padStart(6)} s  ${box}  ${told.join('; ')}`.trimEnd()
}

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} ${text} is no number\n\n${USAGE}`)
  return value
}

process.exitCode = await main()
