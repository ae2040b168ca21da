import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs the tests and prints one summary for all, in lanes side by side, a file at a time in each: most of them wait for something
 * most of the time. Then come those that want much of the machine, and last, with all of it to themselves, those that judge whether
 * pictures stand still.
 */
const PHASES = [
  { lanes: 4, files: /./ },
  { lanes: 2, files: /(?:soak|bench|\/ladder)\.test\.ts$/ },
  { lanes: 1, files: /\/(?:freeze|freeze-race|ladder-players)\.test\.ts$/ },
] as const
/**
 * While tasks wait for a processor for more than this share of the time (of ten seconds, as the kernel sees it), one lane alone
 * goes on: on a slow machine more of them would only make tests run into their own time limits.
 */
const MOST_PRESSURE = 85
const LOOK_MS = 1000
/** Half of the lanes begin with the first of these and half with the last, so that browsers never run in all of them. */
const ORDER = [/^test\/e2e\//, /^test\/(?!e2e\/|flow\/)/, /^test\/flow\//]
/** How many of the slowest files are named at the end: where to look when the tests take too long. */
const SLOWEST = 12
/** A single test that takes longer hangs. */
const TEST_MS = 180_000
/** So long without a word from any test: a file has ended its tests but keeps something open. */
const SILENCE_MS = 240_000

type Event = { readonly type: string; readonly data: Record<string, unknown> }

const root = join(import.meta.dirname, '..')
const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => !file.includes('node_modules') && isWanted(file, process.argv.slice(2)))
  .sort()

if (files.length === 0) {
  process.stderr.write('No test file is at or below these paths.\n')
  process.exit(1)
}

let failures = 0
/** Files under way. */
let running = 0
const totals = new Map<string, number>()
const tookMs = new Map<string, number>()
const reporter = new spec()
const events = Readable.from(allEvents(), { objectMode: true })
for await (const text of events.pipe(reporter)) process.stdout.write(text)
process.exitCode = failures === 0 ? 0 : 1

function isWanted(file: string, paths: readonly string[]): boolean {
  if (paths.length === 0) return true
  return paths.some((path) => {
    const from = relative(root, join(root, path))
    return file.startsWith(from) || isBelow(file, from) || matches(file, from)
  })
}

/** `test/unit/rtmp` means every folder `rtmp` below `test/unit`: one needn't know in which layer it is. */
function isBelow(file: string, path: string): boolean {
  return file.startsWith(`${dirname(path)}/`) && dirname(file).split('/').includes(basename(path))
}

function matches(file: string, pattern: string): boolean {
  return pattern.includes('*') && globSync(pattern, { cwd: root }).includes(file)
}

async function* allEvents(): AsyncGenerator<Event> {
  const start = performance.now()
  const rank = (file: string) => ORDER.findIndex((one) => one.test(file))
  for (const phase of PHASES) {
    const queue = files
      .filter((file) => phase === PHASES.findLast((one) => one.files.test(file)))
      .sort((one, other) => rank(one) - rank(other))
    const lanes = Array.from({ length: phase.lanes }, (_, lane) => () => (lane % 2 === 0 ? queue.shift() : queue.pop()))
    for await (const piece of sideBySide(lanes.map((next) => wholeTests(eventsOf(next))))) yield* piece
  }
  totals.set('duration_ms', performance.now() - start)
  for (const [name, total] of totals) yield told(`${name} ${total}`)
  const slowest = [...tookMs].sort(([, one], [, other]) => other - one).slice(0, SLOWEST)
  yield { type: 'test:summary', data: { success: failures === 0, counts: {}, duration_ms: performance.now() - start } }
  yield told(`slowest ${slowest.map(([file, ms]) => `${file} ${(ms / 1000).toFixed(0)} s`).join(', ')}`)
}

function told(message: string): Event {
  return { type: 'test:diagnostic', data: { nesting: 0, level: 'info', message } }
}

/** What several give, in the order it comes. */
async function* sideBySide<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = (source: AsyncGenerator<T>) => source.next().then((result) => ({ source, result }))
  const waiting = new Map(sources.map((source) => [source, next(source)]))
  while (waiting.size > 0) {
    const { source, result } = await Promise.race(waiting.values())
    if (result.done) {
      waiting.delete(source)
      continue
    }
    waiting.set(source, next(source))
    yield result.value
  }
}

/** The events of each test with those of the tests within it in one piece, for a reporter knows one nesting only. */
async function* wholeTests(source: AsyncGenerator<Event>): AsyncGenerator<readonly Event[]> {
  let piece: Event[] = []
  for await (const event of source) {
    piece.push(event)
    if (event.data.nesting !== 0 || !/^test:(?:pass|fail)$/.test(event.type)) continue
    yield piece
    piece = []
  }
  if (piece.length > 0) yield piece
}

/** The events of one lane, a file at a time, without their closing counts, which go into the totals. */
async function* eventsOf(next: () => string | undefined): AsyncGenerator<Event> {
  for (;;) {
    while (running > 0 && pressure() > MOST_PRESSURE) await sleep(LOOK_MS)
    const file = next()
    if (file === undefined) return
    running++
    yield* eventsOfFile(file)
    running--
  }
}

/** Of Linux (`/proc/pressure/cpu`); 0 where nobody says. */
function pressure(): number {
  try {
    return Number(/^some avg10=([\d.]+)/.exec(readFileSync('/proc/pressure/cpu', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

async function* eventsOfFile(file: string): AsyncGenerator<Event> {
  const startMs = performance.now()
  const silence = new AbortController()
  const abort = () => silence.abort(new Error(`no test said anything for ${SILENCE_MS / 1000} s`))
  let timer = setTimeout(abort, SILENCE_MS)
  for await (const event of run({
    files: [join(root, file)],
    concurrency: 1,
    timeout: TEST_MS,
    signal: silence.signal,
    cwd: root,
  })) {
    clearTimeout(timer)
    timer = setTimeout(abort, SILENCE_MS)
    const { type, data } = event as Event
    // Each makes the reporter list what failed so far; one at the end is enough.
    if (type === 'test:summary') continue
    if (type === 'test:fail' && data.todo === undefined) failures++
    const count = type === 'test:diagnostic' && data.nesting === 0 ? closingCount(data.message) : undefined
    if (count) totals.set(count.name, (totals.get(count.name) ?? 0) + count.value)
    else yield { type, data }
  }
  clearTimeout(timer)
  tookMs.set(file, performance.now() - startMs)
}

function closingCount(message: unknown): { name: string; value: number } | undefined {
  const match = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(String(message))
  return match?.[1] && match[2] ? { name: match[1], value: Number(match[2]) } : undefined
}
