import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LoadProcess } from '../../bench/measure/load-process.ts'
import { conditions } from '../light/conditions.ts'
import { ServerProcess } from '../light/server-process.ts'

const USAGE = `npm run soak -- sign-ins [options]: somebody tries passwords, beside a broadcast

  --rate N       attempts a second, each for another account from another address (50)
  --seconds N    how long, without and with the attempts each (30)
  --rounds N     how often both (3)
`
/** Attempts under way at a time: who attacks doesn't wait, but has an end too. */
const MOST_OPEN = 500

export type SignInSoak = { readonly rate: number; readonly seconds: number; readonly rounds: number }

/** One phase: how the broadcast went on, and what became of the attempts. */
export type Phase = {
  readonly attempts: number
  /** Looked at, and wrong. */
  readonly refused: number
  /** Sent away, as too many waited. */
  readonly sentAway: number
  readonly otherwise: number
  /** Of the main thread, as the server says of itself. */
  readonly eventLoopP99Ms: number
  readonly parts: number
  /** Between two new parts, as a reader of the playlist saw it. */
  readonly partP99Ms: number
  readonly longestPartMs: number
  readonly cpuShare: number
}

export type SignInRound = { readonly calm: Phase; readonly attacked: Phase }

/** Each round is calm first, then attacked: what the machine does by itself shows in the spread of the calm ones. */
export async function soakSignIns({ rate, seconds, rounds }: SignInSoak): Promise<readonly SignInRound[]> {
  await using parts = new AsyncDisposableStack()
  const server = parts.use(
    await ServerProcess.start({
      yaml: 'observability: { log: { level: error } }\nlimits: { http: { connections: 50000 } }\n',
      sections: { server: 'trustedProxies: [127.0.0.1]' },
    }),
  )
  const video = { publishers: 1, prefix: 'video', framesPerSecond: 25, frameBytes: 8000 }
  parts.use(await LoadProcess.start('publish', { ...video, port: server.rtmpPort, warmUpMs: 0 }))
  await server.live('video-0', 30_000)
  const done: SignInRound[] = []
  for (let round = 0; round < rounds; round++) {
    const calm = await phase(server, 0, seconds)
    done.push({ calm, attacked: await phase(server, rate, seconds) })
  }
  return done
}

async function phase(server: ServerProcess, rate: number, seconds: number): Promise<Phase> {
  // Asking for it begins it anew.
  await eventLoopP99Ms(server)
  const [cpuBefore, startedAt] = [server.cpuSeconds(), performance.now()]
  const attack = new AbortController()
  const attacking = rate === 0 ? Promise.resolve(NOTHING) : attempts(server, rate, attack.signal)
  const gaps = await partGaps(server, startedAt + seconds * 1000)
  const cpuShare = (server.cpuSeconds() - cpuBefore) / ((performance.now() - startedAt) / 1000)
  const loop = await eventLoopP99Ms(server)
  attack.abort()
  const sorted = gaps.toSorted((a, b) => a - b)
  return {
    ...(await attacking),
    ...{ eventLoopP99Ms: Math.round(loop * 10) / 10, parts: gaps.length },
    ...{ partP99Ms: Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0), cpuShare: Number(cpuShare.toFixed(2)) },
    longestPartMs: Math.round(sorted.at(-1) ?? 0),
  }
}

const NOTHING = { attempts: 0, refused: 0, sentAway: 0, otherwise: 0 }

async function attempts(server: ServerProcess, rate: number, signal: AbortSignal) {
  const counts = { ...NOTHING }
  const open = new Set<Promise<void>>()
  const startedAt = performance.now()
  while (!signal.aborted) {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * rate)
    while (counts.attempts < due && open.size < MOST_OPEN) {
      const one: Promise<void> = attempt(server, counts.attempts++)
        .then((status) => {
          if (status === 401) counts.refused++
          else if (status === 429) counts.sentAway++
          else counts.otherwise++
        })
        .finally(() => open.delete(one))
      open.add(one)
    }
    await sleep(10)
  }
  await Promise.all(open)
  return counts
}

/** Another account from another address each time: nothing but the queue of passwords stands in the way. */
async function attempt(server: ServerProcess, number: number): Promise<number> {
  const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': address }
  const body = JSON.stringify({ email: `somebody${number}@example.org`, password: `guess number ${number}` })
  const answer = await fetch(`${server.url}/api/v1/session`, { method: 'POST', headers, body }).catch(() => undefined)
  await answer?.arrayBuffer().catch(() => undefined)
  return answer?.status ?? 0
}

async function partGaps(server: ServerProcess, endsAt: number): Promise<number[]> {
  const gaps: number[] = []
  let [last, changedAt] = ['', 0]
  while (performance.now() < endsAt) {
    const playlist = await (await fetch(`${server.url}/live/video-0/source.m3u8`)).text()
    const newest = /#EXT-X-PRELOAD-HINT:.*URI="([^"]+)"/.exec(playlist)?.[1] ?? ''
    if (newest !== last) {
      const now = performance.now()
      if (changedAt > 0) gaps.push(now - changedAt)
      ;[last, changedAt] = [newest, now]
    }
    await sleep(20)
  }
  return gaps
}

async function eventLoopP99Ms(server: ServerProcess): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1]) * 1000
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '30' },
      rounds: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(USAGE)
  else {
    const [rate = 0, seconds = 0, rounds = 0] = [values.rate, values.seconds, values.rounds].map(Number)
    const done = await soakSignIns({ rate, seconds, rounds })
    console.table(done.flatMap(({ calm, attacked }) => [calm, attacked]))
    console.log(JSON.stringify({ soak: 'sign-ins', rate, seconds, rounds: done, ...conditions() }))
    // The calm phases say what the machine does by itself.
    const worstCalm = Math.max(...done.map(({ calm }) => calm.eventLoopP99Ms))
    const failed = done.some(({ attacked }) => attacked.otherwise > 0) || medianLoop(done) > worstCalm * 1.5
    console.log(
      failed ? 'FAILED: the event loop was held up, or an attempt had no answer' : 'the broadcast took no notice',
    )
    process.exitCode = failed ? 1 : 0
  }
}

function medianLoop(rounds: readonly SignInRound[]): number {
  const sorted = rounds.map(({ attacked }) => attacked.eventLoopP99Ms).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
