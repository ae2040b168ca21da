import { setTimeout as sleep } from 'node:timers/promises'
import { encoded } from '../../light/encoder.ts'
import { ServerProcess } from '../../light/server-process.ts'
import type { Acting, BoxOptions, Scene } from './actor.ts'
import { ACTORS } from './actors.ts'
import { countIn, type Sample, takeSample } from './sample.ts'
import { type Judgement, judge } from './verdict.ts'

export type BoxRun = {
  readonly samples: readonly Sample[]
  readonly judgements: readonly Judgement[]
  readonly judgedFrom: number
}

/** What is told while it runs. */
export type Told = { readonly sample: (sample: Sample) => void; readonly words: (words: string) => void }

const SAMPLE_SECONDS = 5
const READY_MS = 60_000
/** Stalls and losses count from here on: players that come, and the machine that starts so many programs, have settled. */
const SETTLE_SECONDS = 10
/** Connections whose clients are gone are let go at once, those half open when their time is over. */
const GONE_MS = 60_000

/** Limits of a server on a box are as they come; in a short run it has less patience, so that the end of it is seen. */
const IMPATIENT =
  'limits: { http: { stalledSeconds: 3, headerSeconds: 2 }, rtmp: { unauthenticatedSeconds: 2 } }\n' +
  'observability: { log: { level: warn } }\n'

/** Slopes are judged when the rewind window has been full for a minute, and not in the first `warmUp` minutes. */
export const judgedFromOf = ({ warmUp, dvrSeconds, short }: BoxOptions): number =>
  short ? 0 : Math.max(warmUp * 60, dvrSeconds + 60)

/** A server, everybody on it, and a look at all of it every 5 s until the time is over or the signal says so. */
export async function runBox(options: BoxOptions, told: Told, signal: AbortSignal): Promise<BoxRun> {
  const file = await encoded(options.short ? 'gop2' : 'light')
  await using server = await ServerProcess.start({
    sections: {
      packaging: `dvrSeconds: ${options.dvrSeconds}`,
      ingest: options.short ? 'graceSeconds: 4, endSeconds: 1' : '',
    },
    ...(options.short && { yaml: IMPATIENT }),
    readyWithinMs: READY_MS,
  })
  const pid = server.child.pid ?? 0
  const before = countIn(pid, 'fd')
  const samples: Sample[] = []
  {
    await using stage = new AsyncDisposableStack()
    const actors = await enterAll(options, server, file, stage, told, signal)
    await sleep((options.short ? 1 : SETTLE_SECONDS) * 1000, undefined, { signal })
    for (const actor of actors.values()) await actor.look()
    const begunMs = performance.now()
    const endsMs = begunMs + options.minutes * 60_000
    for (let dueMs = begunMs; performance.now() < endsMs && !signal.aborted; ) {
      dueMs += SAMPLE_SECONDS * 1000
      await sleep(Math.max(0, dueMs - performance.now()), undefined, { signal }).catch(() => undefined)
      const sample = await takeSample(server, actors, (performance.now() - begunMs) / 1000)
      samples.push(sample)
      told.sample(sample)
    }
    told.words('the actors leave')
  }
  const after = await leftOver(pid, before)
  const judgedFrom = judgedFromOf(options)
  return { samples, judgedFrom, judgements: judge({ samples, judgedFrom, before, after }) }
}

async function enterAll(
  options: BoxOptions,
  server: ServerProcess,
  file: string,
  stage: AsyncDisposableStack,
  told: Told,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Acting>> {
  const named = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  const scene: Omit<Scene, 'seed'> = {
    ...{ options, server, file },
    ...{ steady: named('steady', options.publishers), passing: named('passing', options.encoders) },
  }
  const actors = new Map<string, Acting>()
  for (const [i, { name, wanted, enter }] of ACTORS.entries()) {
    if (!wanted(options)) continue
    signal.throwIfAborted()
    told.words(`${name} come`)
    actors.set(name, stage.use(await enter({ ...scene, seed: options.seed * 100 + i })))
  }
  return actors
}

/** @returns the open descriptors when there are no more than before, or after the longest time that anybody may keep one */
async function leftOver(pid: number, before: number): Promise<number> {
  const endsMs = performance.now() + GONE_MS
  while (countIn(pid, 'fd') > before && performance.now() < endsMs) await sleep(250)
  return countIn(pid, 'fd')
}
