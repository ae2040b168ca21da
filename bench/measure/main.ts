import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { conditions } from '../../test/light/conditions.ts'
import { type Figure, type Measure, verdictOf } from './frame.ts'
import { runApart } from './run-apart.ts'
import { lineOf, markdown } from './table.ts'

const USAGE = `npm run bench [-- NAME…] [options]

  --rounds N    rounds in which each target has its turn (5, or as the measure says)
  --seconds N   how long each sample lasts
  --out FILE    a line of JSON for each figure is added to it
  --short       only to see that each measure runs: small numbers, no browser
  --at-once     two measures beside each other: no figure is worth anything then
  --list        the measures
`
const FOLDER = join(import.meta.dirname, '..')

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      out: { type: 'string' },
      short: { type: 'boolean', default: false },
      'at-once': { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const known = await allMeasures()
  const list = known.map(({ name, about, minutes }) => `  ${name.padEnd(12)} ${about} (${minutes} min)`).join('\n')
  if (values.help || values.list) {
    process.stdout.write(values.help ? `${USAGE}\n${list}\n` : `${list}\n`)
    return 0
  }
  const unknown = positionals.find((name) => !known.some((measure) => measure.name === name))
  if (unknown !== undefined) {
    process.stderr.write(`There is no measure ${unknown}. There are:\n${list}\n`)
    return 2
  }
  const wanted = positionals.length === 0 ? known : known.filter(({ name }) => positionals.includes(name))
  const rows: { measure: string; figure: Figure }[] = []
  const failed: string[] = []
  const run = async (measure: Measure): Promise<void> => {
    const settings = {
      rounds: Number(values.rounds ?? (values.short ? 1 : (measure.rounds ?? 5))),
      seconds: Number(values.seconds ?? (values.short ? 0.2 : (measure.seconds ?? 5))),
      short: values.short,
    }
    const tell = (figure: Figure): void => {
      rows.push({ measure: measure.name, figure })
      const verdict = verdictOf(figure)
      const line = { bench: measure.name, ...figure, verdict, ...settings, ...conditions() }
      if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(line)}\n`)
      process.stdout.write(`${lineOf(measure.name, figure)} load ${line.loadAverage}\n`)
    }
    const note = (words: string): void => void process.stdout.write(`${measure.name}: ${words}\n`)
    const why = await runApart(measure, settings, { tell, note })
    if (why === undefined) return
    failed.push(measure.name)
    process.stdout.write(`${measure.name} FAILED: ${why}\n`)
  }
  const left = [...wanted]
  const queue = async (): Promise<void> => {
    for (let measure = left.shift(); measure !== undefined; measure = left.shift()) await run(measure)
  }
  await Promise.all(values['at-once'] ? [queue(), queue()] : [queue()])
  if (wanted.length > 1) process.stdout.write(`\n${markdown(rows)}\n`)
  if (failed.length > 0) process.stdout.write(`failed: ${failed.join(', ')}\n`)
  return failed.length > 0 ? 1 : 0
}

async function allMeasures(): Promise<Measure[]> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'))
  const modules = await Promise.all(
    files.map(async (file) => (await import(join(FOLDER, file))) as { readonly measure?: Measure }),
  )
  return modules.flatMap(({ measure }) => (measure === undefined ? [] : [measure]))
}

process.exitCode = await main()
