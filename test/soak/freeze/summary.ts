import { type BatchResult, quantile, type RunResult } from './run-result.ts'

export type Line = {
  readonly name: string
  readonly runs: number
  readonly frozen: number
  readonly failed: number
  readonly starved: number
  readonly stalls: number
  readonly rescues: number
  readonly reloads: number
  readonly raced: number
  readonly longestStillMs: number
  readonly latencyP50: number | null
  readonly latencyP95: number | null
  readonly firstFrameMs: number | null
}

/** One line for all runs, then one for each value of what was varied, then one for each combination. */
export function summarise(results: readonly BatchResult[]): Line[] {
  const runs = results.flatMap((result) => result.runs)
  const groups = new Map<string, RunResult[]>()
  const add = (name: string, run: RunResult) => {
    const group = groups.get(name) ?? []
    group.push(run)
    groups.set(name, group)
  }
  for (const run of runs) {
    add('all', run)
    const { profile, encoder } = run
    const length = run.seconds > 120 ? 'long' : 'short'
    const load = run.load ? 'load' : 'quiet'
    const race = run.race ? 'raced' : 'free'
    for (const name of [length, profile, encoder, load, race]) add(name, run)
    add(`${profile} ${encoder} ${load} ${race}${length === 'long' ? ' long' : ''}`, run)
  }
  return [...groups].map(([name, group]) => lineOf(name, group))
}

function lineOf(name: string, runs: readonly RunResult[]): Line {
  const count = (test: (run: RunResult) => boolean) => runs.filter(test).length
  const sum = (value: (run: RunResult) => number) => runs.reduce((total, run) => total + value(run), 0)
  const median = (value: (run: RunResult) => number | null) =>
    quantile(
      runs.map(value).filter((each) => each !== null),
      0.5,
    )
  return {
    name,
    runs: runs.length,
    frozen: count((run) => run.frozen),
    failed: count((run) => run.failure !== null),
    starved: count((run) => run.starved),
    stalls: sum((run) => run.stalls),
    rescues: sum((run) => run.rescues),
    reloads: sum((run) => run.reloads),
    raced: sum((run) => run.raced),
    longestStillMs: Math.max(0, ...runs.map((run) => run.longestStillMs)),
    latencyP50: median((run) => run.latencyP50),
    latencyP95: median((run) => run.latencyP95),
    firstFrameMs: median((run) => run.firstFrameMs),
  }
}

/** As Markdown. Of latencies and first pictures: the median over players. */
export function table(lines: readonly Line[]): string {
  const head =
    '| | runs | frozen | failed | starved | stalls | rescues | reloads | raced | longest still ms | latency p50 s | p95 s | first picture ms |\n' +
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|\n'
  const rows = lines.map((line) =>
    [
      ...[line.name, line.runs, line.frozen, line.failed, line.starved, line.stalls, line.rescues, line.reloads],
      ...[line.raced, line.longestStillMs, line.latencyP50 ?? '–', line.latencyP95 ?? '–', line.firstFrameMs ?? '–'],
    ].join(' | '),
  )
  return `${head}${rows.map((row) => `| ${row} |`).join('\n')}\n`
}
