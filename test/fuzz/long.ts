/**
 * `npm run fuzz [-- NAME …] [--minutes N] [--fresh]`: gives each target so many minutes of processor time (10), two at a time.
 * Stopped and started again it goes on where it was. What breaks a target is kept among its seeds; the exit status is 1.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Outcome } from './run-target.ts'
import { keep, type Target } from './target.ts'
import { targets } from './targets/all.ts'

const STATE = join(import.meta.dirname, '../../node_modules/.cache/streamhost-fuzz.json')
/** Between two looks at how much processor time was used. */
const BATCH_MS = 5000
/** An input that takes longer is a finding: everything here answers within milliseconds. */
const HANG_MS = 30_000
const LONGEST_INPUT = 1 << 20
const MEMORY_MB = 1024

type Progress = { cpuMs: number; executions: number; findings: number }

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, fresh: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const budgetMs = Number(values.minutes) * 60_000
const unknown = positionals.filter((name) => !targets.some((target) => target.name === name))
if (unknown.length > 0 || !(budgetMs > 0)) {
  const names = targets.map(({ name }) => name).join(', ')
  process.stderr.write(`usage: npm run fuzz -- [NAME …] [--minutes N] [--fresh], where NAME is one of: ${names}\n`)
  process.exit(2)
}

const progress = load()
const wanted = targets.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
// Who asks again after all is done wants it done again.
if (values.fresh || wanted.every(({ name }) => (progress[name]?.cpuMs ?? 0) >= budgetMs))
  for (const { name } of wanted) delete progress[name]
const left = wanted.filter(({ name }) => (progress[name]?.cpuMs ?? 0) < budgetMs)
let findings = 0

const queue = [...left]
await Promise.all(
  Array.from({ length: Math.min(2, availableParallelism()) }, async () => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) await spend(target)
  }),
)
const executions = wanted.reduce((sum, { name }) => sum + (progress[name]?.executions ?? 0), 0)
process.stdout.write(`${wanted.length} targets, ${executions} executions, ${findings} new findings\n`)
process.exit(findings === 0 ? 0 : 1)

/** Runs a target until its time is used up, anew after each finding. */
async function spend(target: Target): Promise<void> {
  const state = progress[target.name] ?? { cpuMs: 0, executions: 0, findings: 0 }
  progress[target.name] = state
  while (state.cpuMs < budgetMs) {
    const broken = await session(target, state)
    if (broken === undefined) break
    findings++
    state.findings++
    save()
    process.stdout.write(`${target.name}: BROKEN, though ${target.says}\n${broken}\n`)
    // The same mistake would be found again and again: the rest of its time comes when it is mended.
    break
  }
  const { cpuMs, executions: all, findings: found } = state
  const minutes = (cpuMs / 60_000).toFixed(1)
  process.stdout.write(`${target.name}: ${all} executions in ${minutes} min of processor time, ${found} findings\n`)
}

/** One thread. @returns what broke, or undefined when the time is used up */
async function session(target: Target, state: Progress): Promise<string | undefined> {
  const last = new SharedArrayBuffer(8 + LONGEST_INPUT)
  const heads = new Int32Array(last, 0, 2)
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { name: target.name, last },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  let counted = 0
  let said = Promise.withResolvers<Outcome | 'ready' | { replay: string }>()
  worker.on('message', (message) => said.resolve(message))
  worker.on('error', (error) => said.reject(error))
  worker.on('exit', () => said.reject(new Error('the thread ended')))
  const hung = watch(heads, () => said.reject(new Error(`an input took more than ${HANG_MS / 1000} s`)))
  try {
    for (;;) {
      const message = await said.promise
      if (message !== 'ready') {
        if ('replay' in message) return `a kept input breaks it again:\n${message.replay}`
        state.executions += message.executions
        if (message.finding !== undefined) return kept(target, message.finding)
      }
      const { user, system } = await worker.cpuUsage()
      state.cpuMs += (user + system) / 1000 - counted
      counted = (user + system) / 1000
      save()
      if (state.cpuMs >= budgetMs) return undefined
      said = Promise.withResolvers()
      worker.postMessage({ ms: Math.min(BATCH_MS, budgetMs - state.cpuMs + 100) })
    }
  } catch (error) {
    const input = Uint8Array.from(new Uint8Array(last, 8, heads[0] ?? 0))
    return kept(target, { error: String(error), input, kind: 'bin' })
  } finally {
    clearInterval(hung)
    worker.removeAllListeners()
    await worker.terminate()
  }
}

function kept(target: Target, { error, input, kind }: NonNullable<Outcome['finding']>): string {
  return `${error}\nkept as ${keep(target, input, kind)}`
}

/** Calls back when the same input has been checked for too long. */
function watch(heads: Int32Array, onHang: () => void): NodeJS.Timeout {
  let before = -1
  return setInterval(() => {
    const now = Atomics.load(heads, 1)
    if (now === before) onHang()
    before = now
  }, HANG_MS)
}

function load(): Record<string, Progress> {
  try {
    return JSON.parse(readFileSync(STATE, 'utf8'))
  } catch {
    return {}
  }
}

function save(): void {
  mkdirSync(join(STATE, '..'), { recursive: true })
  writeFileSync(STATE, JSON.stringify(progress, null, 2))
}
