import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { keptOf, SEEDS, type Target } from './target.ts'

/** What came of some executions of a target. */
export type Outcome = {
  readonly executions: number
  readonly finding?: {
    /** The error's words, and where it was thrown. */
    readonly error: string
    /** The smallest input that breaks it, as it is kept. */
    readonly input: Uint8Array
    readonly kind: 'bin' | 'json'
  }
}

/** Tries the kept inputs first: what was broken once is looked at before anything else. @throws what breaks */
export async function replayKept(target: Target): Promise<number> {
  const { file } = target
  const kept = file === undefined ? [] : keptOf(target.name).map((bytes) => file.read(bytes))
  for (const input of kept) await target.check(input)
  for (const { seed, path } of pathsOf(target.name)) {
    await fc.assert(propertyOf(target), { seed, path, numRuns: 1, endOnFailure: true })
  }
  return kept.length
}

/** Makes inputs and checks them, until there were so many, the time is over, or one breaks the target. */
export async function runTarget(
  target: Target,
  limits: { readonly runs: number; readonly ms: number; readonly seed?: number },
): Promise<Outcome> {
  const details = await fc.check(propertyOf(target), {
    numRuns: limits.runs,
    interruptAfterTimeLimit: limits.ms,
    ...(limits.seed === undefined ? {} : { seed: limits.seed }),
  })
  const executions = details.numRuns + details.numShrinks
  const { counterexample, counterexamplePath, errorInstance, seed } = details
  if (counterexample === null) return { executions }
  const error = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance)
  const value = counterexample[0]
  if (target.file !== undefined) return { executions, finding: { error, input: target.file.write(value), kind: 'bin' } }
  return {
    executions,
    finding: { error, input: Buffer.from(JSON.stringify({ seed, path: counterexamplePath })), kind: 'json' },
  }
}

function propertyOf(target: Target): fc.IAsyncProperty<[unknown]> {
  // A check that answers at once costs no turn of the event loop more than one that doesn't: fast-check awaits both.
  return fc.asyncProperty(target.arbitrary, async (value) => {
    await target.check(value)
  })
}

function pathsOf(name: string): { seed: number; path: string }[] {
  const folder = join(SEEDS, name)
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
}
