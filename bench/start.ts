import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { conditions } from '../test/light/conditions.ts'
import { ServerProcess } from '../test/light/server-process.ts'
import { figure, spread } from './measure/figures.ts'

// From spawning to the first `/readyz` that says yes, and resident memory ten seconds later.

const IDLE_MS = 10_000
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    idle: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
})
const rounds = Number(values.rounds)

const NPM_START = ['npm', 'start', '--'] as const
const ready = { server: [] as number[], npm: [] as number[] }
const memory: number[] = []

// The first one installs, builds and fills caches: not measured.
await end(await ServerProcess.start({ command: NPM_START, readyWithinMs: 300_000 }))

for (let round = 0; round < rounds; round++) {
  const alone = await ServerProcess.start()
  ready.server.push(alone.readyMs)
  await end(alone)
  const server = await ServerProcess.start({ command: NPM_START, readyWithinMs: 60_000 })
  ready.npm.push(server.readyMs)
  const [pid] = serversBelow(server)
  if (pid !== undefined && memory.length < Number(values.idle)) {
    await sleep(IDLE_MS)
    memory.push(server.rssBytes(pid) / 2 ** 20)
  }
  await end(server)
}

const under = conditions()
const tell = (measure: string, unit: string, all: readonly number[]) => {
  const result = spread(all)
  if (values.out !== undefined)
    appendFileSync(values.out, `${JSON.stringify({ bench: 'start', measure, unit, ...result, ...under })}\n`)
  const { p50, lowest, highest } = result
  process.stdout.write(
    `${measure.padEnd(34)} median ${figure(p50)} ${unit} (${figure(lowest)} to ${figure(highest)}), load average ${under.loadAverage}\n`,
  )
}
tell('npm start to ready', 'ms', ready.npm)
tell('the server alone to ready', 'ms', ready.server)
tell('resident memory after 10 s of idling', 'MiB', memory)

/** Ends the server itself, not only what started it, and waits for all of them. */
async function end(server: ServerProcess): Promise<void> {
  const own = serversBelow(server)
  for (const pid of own) process.kill(pid, 'SIGTERM')
  if (own.length > 0) await server.exited
  await server.stop()
}

/** The servers that this one's command has started. */
function serversBelow({ child: { pid } }: ServerProcess): number[] {
  return pid === undefined ? [] : descendants(pid).filter((each) => commandOf(each).includes('bin/streamhost.ts'))
}

function descendants(pid: number): number[] {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((each) => Number.isInteger(each) && parentOf(each) === pid)
  return children.flatMap((child) => [child, ...descendants(child)])
}

function parentOf(pid: number): number | undefined {
  const stat = textOf(`/proc/${pid}/stat`)
  return stat === '' ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function commandOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
}

/** Processes end while they are looked at. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
