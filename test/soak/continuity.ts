import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { conditions } from '../light/conditions.ts'
import { FAULTS } from '../light/faulty-line.ts'
import { type Cut, soakContinuity, WATCHERS } from './continuity/run.ts'

const USAGE = `npm run soak -- continuity [options]: the encoder's connection fails again and again (closed, reset, a black hole), under viewers that must never need a reload

  --minutes N   how long (10)
  --cuts N      how often in this time (20)
  --away S      seconds until the encoder tries again (4)
  --chromium N  1: the page; 2: shaka-player, too; 3: dash.js, too (3)
  --slate FILE  what is shown meanwhile: a picture or a loop (nothing)
  --out FILE    a line of JSON for each cut
`
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    cuts: { type: 'string', default: '20' },
    away: { type: 'string', default: '4' },
    chromium: { type: 'string', default: '3' },
    slate: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(USAGE)
  process.exit()
}

const cuts = Number(values.cuts)
const { out } = values
let failed = false
await soakContinuity({
  cuts,
  everyMs: (Number(values.minutes) * 60_000) / cuts,
  awayMs: Number(values.away) * 1000,
  chromium: Number(values.chromium),
  slate: values.slate,
  told: (cut) => {
    failed ||= !cut.ok
    const line = JSON.stringify({ soak: 'continuity', ...cut, ...conditions() })
    process.stdout.write(`${line}\n`)
    if (out !== undefined) appendFileSync(out, `${line}\n`)
  },
}).then((done) => process.stdout.write(tableOf(done)))
process.exitCode = failed ? 1 : 0

/** What each viewer's picture stood still for beyond the encoder's absence, by the way the connection failed. */
function tableOf(done: readonly Cut[]): string {
  const figures = FAULTS.flatMap((fault) => {
    const those = done.filter((cut) => cut.fault === fault)
    if (those.length === 0) return []
    const absence = spread(those.map(({ absenceMs }) => absenceMs))
    const beyond = WATCHERS.map((name) =>
      spread(those.map(({ gaps, absenceMs }) => (gaps[name] ?? Number.NaN) - absenceMs)),
    )
    return [`| ${[fault, those.length, absence, ...beyond].join(' | ')} |`]
  })
  const head = ['fault', 'cuts', 'absence s', ...WATCHERS.map((name) => `${name}: beyond it, s`)]
  return `\n| ${head.join(' | ')} |\n|${head.map(() => '---|').join('')}\n${figures.join('\n')}\n`
}

function spread(values: readonly number[]): string {
  const known = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b)
  const seconds = (ms: number | undefined): string => (((ms ?? 0) / 1000) as number).toFixed(1)
  return known.length === 0
    ? '–'
    : `${seconds(known[known.length >> 1])} (${seconds(known[0])}–${seconds(known.at(-1))})`
}
