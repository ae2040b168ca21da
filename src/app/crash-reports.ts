import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../base/errors.ts'
import { VERSION } from './version.ts'

/** Reports that are kept, the newest. */
const KEPT = 10
const NAME = /^crash-[\dTZ-]+\.json$/
/** An error may hold others as its cause; a circle of them must not hold up the end. */
const MAX_CAUSES = 5

export type CrashWatch = {
  readonly dataDir: string
  /** What is known of the broadcasts; may throw. */
  readonly broadcasts: () => unknown
  readonly lastLines: () => readonly string[]
  /** Says the last sentence. */
  readonly say: (text: string) => void
  readonly exit: (status: number) => void
}

/**
 * From now on an error that nobody caught ends the process with status 1, after a report about it was written to the data
 * directory: going on in a state that nobody thought of would be worse.
 * @returns the undo
 */
export function watchForCrash(watch: CrashWatch): Disposable {
  const uncaught = (error: unknown): void => crash(watch, 'an uncaught error', error)
  const unhandled = (reason: unknown): void => crash(watch, 'an unhandled rejection', reason)
  process.on('uncaughtException', uncaught)
  process.on('unhandledRejection', unhandled)
  return {
    [Symbol.dispose]() {
      process.off('uncaughtException', uncaught)
      process.off('unhandledRejection', unhandled)
    },
  }
}

function crash(watch: CrashWatch, kind: string, error: unknown): void {
  try {
    const path = writeReport(watch, kind, error)
    watch.say(`StreamHost ends because of ${kind}: ${scrubbed(messageOf(error))}. A report is in ${path}.\n`)
  } catch (failure) {
    const stack = error instanceof Error ? error.stack : String(error)
    watch.say(
      `StreamHost ends because of ${kind}, and no report could be written (${messageOf(failure)}):\n${scrubbed(String(stack))}\n`,
    )
  } finally {
    watch.exit(1)
  }
}

/** Synchronous on purpose: this is the last thing the process does. @returns where it is */
function writeReport(watch: CrashWatch, kind: string, error: unknown): string {
  const at = new Date()
  const report = {
    at: at.toISOString(),
    what: kind,
    error: described(error),
    versions: { streamhost: VERSION, node: process.versions.node, platform: `${process.platform} ${process.arch}` },
    uptimeSeconds: Math.round(process.uptime()),
    memory: process.memoryUsage(),
    broadcasts: tried(watch.broadcasts),
    lastLines: tried(watch.lastLines),
  }
  const path = join(watch.dataDir, `crash-${at.toISOString().replace(/[:.]/g, '-')}.json`)
  writeFileSync(path, `${scrubbed(JSON.stringify(report, null, 2))}\n`, { mode: 0o600, flag: 'wx' })
  const reports = readdirSync(watch.dataDir)
    .filter((name) => NAME.test(name))
    .toSorted()
  for (const name of reports.slice(0, -KEPT)) rmSync(join(watch.dataDir, name), { force: true })
  return path
}

function described(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { value: String(error) }
  const { name, message, stack, cause } = error
  const code = 'code' in error ? String(error.code) : undefined
  return {
    ...{ name, message, code, stack: stack?.split('\n') },
    cause: cause === undefined || depth >= MAX_CAUSES ? undefined : described(cause, depth + 1),
  }
}

function tried(ask: () => unknown): unknown {
  try {
    return ask()
  } catch (error) {
    return `not known: ${messageOf(error)}`
  }
}

/** Reports are sent to others: keys and tokens are left out, wherever they slipped in. */
function scrubbed(text: string): string {
  return text.replace(/\b(sk|at)_[\w-]{6,}/g, '$1_…').replace(/\b(bearer +|[?&](?:key|token|t)=)[\w.~+/=-]+/gi, '$1…')
}
