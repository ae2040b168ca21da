import type { Sample } from './sample.ts'
import { endsOf, median, slopeOf } from './slopes.ts'

/** One thing that must be so. */
export type Judgement = {
  readonly name: string
  /** What was found, in words. */
  readonly found: string
  readonly must: string
  /** `told`: it can't be judged, and `found` says why. */
  readonly verdict: 'kept' | 'broken' | 'told'
}

export type Whole = {
  readonly samples: readonly Sample[]
  /** Slopes are judged from here on, in seconds. */
  readonly judgedFrom: number
  /** Open descriptors before anybody came, and after all had gone. */
  readonly before: number
  readonly after: number
}

/** Slopes of less than this say nothing. */
const SHORTEST_SECONDS = 240
/** An actor that is as late as this had no processor: what it saw late wasn't the server's doing. */
export const BUSY_MS = 100
/** Nor was it where the server itself wanted a processor for this share of the time and had none. */
const WAITED = 0.1
/** With more busy samples than this share nothing is believed that depends on time. */
const MOST_BUSY = 0.1

const MEMORY_PER_MINUTE = 1
const MEMORY_FLAT = 0.1
const DESCRIPTORS = 5
const EVENT_LOOP_MS = 50
const EVENT_LOOP_GROWTH_MS = 10
const SKEW_MS = 40
/** Whatever the machine does. */
const NEVER: readonly (readonly [string, readonly string[]])[] = [
  ['media that is missing', ['missing']],
  ['media out of order or with holes', ['holes']],
  ['chat messages lost', ['missed']],
  ['mistakes of the server', ['serverErrors']],
]
/** What a machine without a processor to spare brings about, too. */
const IN_TIME: readonly (readonly [string, readonly string[]])[] = [
  ['stalls', ['stalls']],
  ['viewers left behind', ['behind', 'strictFaults']],
  ['connections lost or refused', ['lost', 'refused']],
  ['answers that did not come', ['failed']],
]

export function judge({ samples, judgedFrom, before, after }: Whole): Judgement[] {
  const steady = samples.filter(({ second }) => second >= judgedFrom)
  const seconds = (steady.at(-1)?.second ?? 0) - (steady[0]?.second ?? 0)
  const busy = busyOf(samples)
  const busyShare = busy.filter(Boolean).length / Math.max(1, busy.length)
  const slopes: Judgement[] =
    seconds < SHORTEST_SECONDS
      ? [
          {
            ...{ name: 'slopes', must: `${SHORTEST_SECONDS} s after the first ${Math.round(judgedFrom / 60)} min` },
            ...{ found: `${seconds} s are too short to judge`, verdict: 'told' },
          },
        ]
      : [...memory(steady), descriptors(steady), eventLoop(steady, busyShare > MOST_BUSY)]
  return [
    ...slopes,
    rule(
      'descriptors when all have gone',
      after - before,
      `at most ${DESCRIPTORS} more than before`,
      (more) => more <= DESCRIPTORS,
      `${before} before, ${after} after`,
    ),
    skew(samples),
    ...NEVER.map(([name, counts]) => none(name, total(samples, counts))),
    ...IN_TIME.map(([name, counts]) => inTime(name, samples, counts, busy)),
  ]
}

/** By sample: somebody had no processor in it, or just before. */
export function busyOf(samples: readonly Sample[]): boolean[] {
  const late = samples.map(({ actors, second, waitedSeconds }, i) => {
    const before = samples[i - 1]
    const waited =
      before === undefined ? 0 : (waitedSeconds - before.waitedSeconds) / Math.max(1, second - before.second)
    const latest = Object.values(actors).map(({ lateWorstMs = 0, lagMs = 0 }) => Math.max(lateWorstMs, lagMs))
    return waited > WAITED || latest.some((ms) => ms > BUSY_MS)
  })
  return late.map((busy, i) => busy || late[i - 1] === true)
}

export function total(samples: readonly Sample[], names: readonly string[]): number {
  let sum = 0
  for (const { actors } of samples) {
    for (const counts of Object.values(actors)) for (const name of names) sum += counts[name] ?? 0
  }
  return sum
}

function memory(samples: readonly Sample[]): Judgement[] {
  const perMinute = slopeOf(samples.map(({ second, rss }) => ({ x: second / 60, y: rss })))
  const { first, last } = endsOf(samples.map(({ rss }) => rss))
  const grown = last / first - 1
  return [
    rule(
      'memory',
      perMinute,
      `grows at most ${MEMORY_PER_MINUTE} MiB a minute`,
      (value) => value <= MEMORY_PER_MINUTE,
      `${figure(perMinute)} MiB a minute`,
    ),
    rule(
      'memory is flat',
      grown,
      `± ${MEMORY_FLAT * 100} %`,
      (value) => Math.abs(value) <= MEMORY_FLAT,
      `${figure(first)} MiB, then ${figure(last)} MiB (${figure(grown * 100)} %)`,
    ),
  ]
}

function descriptors(samples: readonly Sample[]): Judgement {
  const { first, last } = endsOf(samples.map((sample) => sample.descriptors))
  return rule(
    'descriptors',
    last - first,
    // Fewer are no leak: hostile peers come and go by the hundred, and a busy machine lets fewer of them in.
    `at most ${DESCRIPTORS} more`,
    (value) => value <= DESCRIPTORS,
    `${figure(first)}, then ${figure(last)}`,
  )
}

function eventLoop(samples: readonly Sample[], busy: boolean): Judgement {
  const values = samples.map(({ eventLoopP99Ms }) => eventLoopP99Ms)
  const { first, last } = endsOf(values)
  const middle = median(values)
  const must = `p99 of 5 s at most ${EVENT_LOOP_MS} ms in the median, at most ${EVENT_LOOP_GROWTH_MS} ms more at the end`
  const found = `${figure(middle)} ms; ${figure(first)} ms, then ${figure(last)} ms`
  const keeps = middle <= EVENT_LOOP_MS && last - first <= EVENT_LOOP_GROWTH_MS
  // What was in time although others wanted its processor is in time.
  if (busy && !keeps)
    return { name: 'event loop', must, found: `${found}; the machine was too busy to judge`, verdict: 'told' }
  return rule('event loop', middle, must, () => keeps, found)
}

function skew(samples: readonly Sample[]): Judgement {
  const worst = Math.max(0, ...samples.flatMap(({ actors }) => Object.values(actors).map(({ skewMs = 0 }) => skewMs)))
  const seen = samples.some(({ actors }) => Object.values(actors).some((counts) => counts.skewMs !== undefined))
  const must = `at most ${SKEW_MS} ms`
  if (!seen) return { name: 'picture and sound apart', must, found: 'nobody looked', verdict: 'told' }
  return rule('picture and sound apart', worst, must, (value) => value <= SKEW_MS, `${figure(worst)} ms at worst`)
}

function inTime(
  name: string,
  samples: readonly Sample[],
  counts: readonly string[],
  busy: readonly boolean[],
): Judgement {
  const of = (wanted: boolean) =>
    total(
      samples.filter((_, i) => busy[i] === wanted),
      counts,
    )
  const [believed, excused] = [of(false), of(true)]
  const share = busy.filter(Boolean).length / Math.max(1, busy.length)
  const more = excused > 0 ? `, and ${excused} while somebody had no processor` : ''
  const found = `${believed}${more} (busy in ${figure(share * 100)} % of the samples)`
  const judged = share <= MOST_BUSY && (believed > 0 || excused === 0)
  if (!judged && believed + excused > 0) return { name, must: 'none', found, verdict: 'told' }
  return rule(name, believed, 'none', (value) => value === 0, found)
}

const none = (name: string, count: number): Judgement =>
  rule(name, count, 'none', (value) => value === 0, String(count))

function rule(name: string, value: number, must: string, keeps: (value: number) => boolean, found: string): Judgement {
  return { name, found, must, verdict: keeps(value) ? 'kept' : 'broken' }
}

const figure = (value: number): string => String(Number(value.toPrecision(3)))
