import type { Bench } from '../measure/frame.ts'
import type { Running, Target } from './target.ts'

/** Starts all targets that can be measured on this machine; of the others it notes why not. Ours comes first. */
export async function startAll(
  bench: Bench,
  targets: readonly Target[],
): Promise<AsyncDisposable & { readonly all: readonly (readonly [Target, Running])[] }> {
  const parts = new AsyncDisposableStack()
  const all: (readonly [Target, Running])[] = []
  try {
    for (const target of targets) {
      const why = target.missing()
      if (why !== undefined) bench.note(`${target.name} is left out: ${why}`)
      else all.push([target, parts.use(await target.start())])
    }
  } catch (error) {
    await parts.disposeAsync()
    throw error
  }
  return { all, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}
