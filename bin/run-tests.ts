import { globSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/**
 * Runs the tests and prints one summary for all: two files at a time, but one at a time those with browsers and those that
 * want all there is of the machine, so that they don't take the processor from each other.
 */
const ALONE = /^test\/e2e\/|(?:soak|bench)\.test\.ts$/
/** A single test that takes longer hangs. */
const TEST_MS = 180_000
/** So long without a word from any test: a file has ended its tests but keeps something open. */
const SILENCE_MS = 240_000

type Event = { readonly type: string; readonly data: Record<string, unknown> }

const root = join(import.meta.dirname, '..')
const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => !file.includes('node_modules') && isWanted(file, process.argv.slice(2)))
  .sort()
const isAlone = (file: string) => ALONE.test(file)

if (files.length === 0) {
  process.stderr.write('No test file is at or below these paths.\n')
  process.exit(1)
}

let failures = 0
const totals = new Map<string, number>()
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
  yield* eventsOf(
    files.filter((file) => !isAlone(file)),
    2,
  )
  yield* eventsOf(files.filter(isAlone), 1)
  for (const [name, total] of totals) {
    yield { type: 'test:diagnostic', data: { nesting: 0, level: 'info', message: `${name} ${total}` } }
  }
}

/** The events of one run, without its closing counts, which go into the totals. */
async function* eventsOf(group: readonly string[], concurrency: number): AsyncGenerator<Event> {
  if (group.length === 0) return
  const silence = new AbortController()
  const abort = () => silence.abort(new Error(`no test said anything for ${SILENCE_MS / 1000} s`))
  let timer = setTimeout(abort, SILENCE_MS)
  const paths = group.map((file) => join(root, file))
  for await (const event of run({ files: paths, concurrency, timeout: TEST_MS, signal: silence.signal, cwd: root })) {
    clearTimeout(timer)
    timer = setTimeout(abort, SILENCE_MS)
    const { type, data } = event as Event
    if (type === 'test:fail' && data.todo === undefined) failures++
    const count = type === 'test:diagnostic' && data.nesting === 0 ? closingCount(data.message) : undefined
    if (count) totals.set(count.name, (totals.get(count.name) ?? 0) + count.value)
    else yield { type, data }
  }
  clearTimeout(timer)
}

function closingCount(message: unknown): { name: string; value: number } | undefined {
  const match = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(String(message))
  return match?.[1] && match[2] ? { name: match[1], value: Number(match[2]) } : undefined
}
