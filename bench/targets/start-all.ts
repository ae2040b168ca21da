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
    const there = targets.filter((target) => {
      const why = target.missing()
      if (why !== undefined) bench.note(`${target.name} is left out: ${why}`)
      return why === undefined
    })
    const started = await Promise.allSettled(there.map(async (target) => [target, await target.start()] as const))
    for (const each of started) if (each.status === 'fulfilled') parts.use(each.value[1])
    for (const each of started) {
      if (each.status === 'rejected') throw each.reason
      all.push(each.value)
    }
  } catch (error) {
    await parts.disposeAsync()
    throw error
  }
  return { all, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}
