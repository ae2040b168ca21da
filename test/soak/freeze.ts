import { appendFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { conditions } from '../light/conditions.ts'
import type { EncoderKind } from '../light/encoder.ts'
import { type Batch, type PlanOptions, type Profile, plan } from './freeze/plan.ts'
import { runBatch } from './freeze/run-batch.ts'
import type { BatchResult } from './freeze/run-result.ts'
import { summarise, table } from './freeze/summary.ts'

const USAGE = `npm run soak -- freeze [options]: watch pages that must never stand still

  --runs N          players in all, for --seconds each (120)
  --seconds N       how long each of them watches (60)
  --players N       how many watch at the same time (3); the last of them is raced
  --load WHEN       half, none or all of the runs beside busy processors (half)
  --long N          batches of long runs afterwards (2)
  --minutes-long N  how long each of those takes (30)
  --short           6 runs of 15 s and no long ones
  --profile P       only standard or low
  --encoder E       only gop2 or obs
  --out FILE        a line of JSON for each player, and one for the sum
`

/** A player that froze or died fails the soak; a rescue, a stall or a fault of the light reader is told. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      seconds: { type: 'string' },
      players: { type: 'string', default: '3' },
      load: { type: 'string', default: 'half' },
      long: { type: 'string' },
      'minutes-long': { type: 'string', default: '30' },
      short: { type: 'boolean', default: false },
      profile: { type: 'string' },
      encoder: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const options: PlanOptions = {
    runs: whole(values.runs ?? (values.short ? '6' : '120')),
    seconds: whole(values.seconds ?? (values.short ? '15' : '60')),
    players: whole(values.players),
    load: oneOf(['half', 'none', 'all'], values.load),
    long: whole(values.long ?? (values.short ? '0' : '2')),
    minutesLong: whole(values['minutes-long']),
    profile: values.profile === undefined ? undefined : oneOf<Profile>(['standard', 'low'], values.profile),
    encoder: values.encoder === undefined ? undefined : oneOf<EncoderKind>(['gop2', 'obs'], values.encoder),
  }
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort(new Error(name)))

  const { out } = values
  if (out !== undefined) writeFileSync(out, '')
  const tell = (value: object) => {
    if (out !== undefined) appendFileSync(out, `${JSON.stringify(value)}\n`)
  }
  const before = conditions()
  const results: BatchResult[] = []
  const dataDirs = await mkdtemp(join(tmpdir(), 'streamhost-freeze-'))
  try {
    const batches = plan(options)
    for (const batch of batches) {
      if (stop.signal.aborted) break
      const result = await runBatch(batch, join(dataDirs, batch.profile), stop.signal)
      results.push(result)
      const { runs, ...rest } = result
      for (const run of runs) tell(run)
      tell({ ...rest, kind: 'batch' })
      process.stdout.write(`${lineOf(batch, batches.length, result)}\n`)
    }
  } finally {
    await rm(dataDirs, { recursive: true, force: true })
  }
  const lines = summarise(results)
  const all = lines[0]
  const loads = results.map((result) => result.loadAverage)
  const summary = {
    kind: 'summary',
    conditions: before,
    loadAverage: { lowest: Math.min(...loads), highest: Math.max(...loads) },
    finished: !stop.signal.aborted,
    faults: results.flatMap((result) => result.witnessFaults).length,
    worstLateMs: Math.max(0, ...results.flatMap((result) => result.witness.map((each) => each.worstLateMs))),
    lines,
  }
  tell(summary)
  process.stdout.write(
    `\n${table(lines)}\n${before.date}, commit ${before.commit}, Node ${before.node}, ${before.processors}, ` +
      `load average ${summary.loadAverage.lowest} to ${summary.loadAverage.highest}\n` +
      `light reader: worst part ${summary.worstLateMs} ms late, ${summary.faults} faults\n` +
      `frozen: ${all?.frozen ?? 0} of ${all?.runs ?? 0} runs, rescues: ${all?.rescues ?? 0}\n`,
  )
  for (const run of results.flatMap((result) => result.runs)) {
    if (run.frozen || run.starved || run.failure !== null) process.stdout.write(`${JSON.stringify(run)}\n`)
  }
  return all === undefined || all.frozen > 0 || all.failed > 0 || !summary.finished ? 1 : 0
}

function lineOf(batch: Batch, of: number, result: BatchResult): string {
  const { profile, encoder, load, known } = batch
  const how = [profile, encoder, load ? 'load' : 'quiet', known ? 'known' : 'new'].join(' ')
  const runs = result.runs.map((run) => {
    const state = run.failure !== null ? 'FAILED' : run.frozen ? 'FROZEN' : run.starved ? 'starved' : 'ok'
    const latency = `${run.latencyP50 ?? '–'}/${run.latencyP95 ?? '–'} s`
    const raced = run.race ? `, ${run.raced} + ${run.racedParts} raced` : ''
    return `${state} ${latency}, first ${run.firstFrameMs ?? '–'} ms, ${run.stalls} stalls, ${run.rescues} rescues${raced}`
  })
  const faults = result.witnessFaults.length > 0 ? ` [${result.witnessFaults.length} faults]` : ''
  return `${batch.number}/${of} ${how} (load average ${result.loadAverage})${faults}: ${runs.join(' | ')}`
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is no whole number\n\n${USAGE}`)
  return value
}

function oneOf<Word extends string>(words: readonly Word[], text: string): Word {
  const found = words.find((word) => word === text)
  if (found === undefined) throw new Error(`${text} is none of ${words.join(', ')}\n\n${USAGE}`)
  return found
}

process.exitCode = await main()
