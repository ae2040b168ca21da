import { monitorEventLoopDelay } from 'node:perf_hooks'
import { serveLoad } from '../../../bench/load/serve-load.ts'

const RESOLUTION_MS = 20
const MOST_FAULTS = 20

/** What an actor counts from one look at it to the next. */
export class Tally {
  readonly #counts = new Map<string, number>()
  readonly #peaks = new Map<string, number>()
  #faults: string[] = []

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
  }

  /** The largest of what was seen is told. */
  peak(name: string, value: number): void {
    this.#peaks.set(name, Math.max(this.#peaks.get(name) ?? 0, value))
  }

  /** Something that must not be: counted under this name, and told in words. */
  fault(name: string, words: string): void {
    this.add(name)
    if (this.#faults.length < MOST_FAULTS) this.#faults.push(words)
  }

  counts(): Record<string, number> {
    const peaks = [...this.#peaks].map(([name, value]) => [name, Math.round(value * 10) / 10] as const)
    return Object.fromEntries([...this.#counts, ...peaks])
  }

  faults(): string[] {
    const faults = this.#faults
    this.#faults = []
    return faults
  }

  /** Names stay, so that a line always has them. */
  begin(): void {
    for (const name of this.#counts.keys()) this.#counts.set(name, 0)
    for (const name of this.#peaks.keys()) this.#peaks.set(name, 0)
  }
}

/**
 * The end of an actor's program: tells its tally whenever it is asked, and by how much its own event loop was late, for an
 * actor that gets no processor sees delays that are none.
 * @param now what is so at the moment it is asked
 */
export function serveTally(tally: Tally, now: () => Record<string, number> = () => ({})): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  serveLoad({
    begin: () => {
      tally.begin()
      delay.reset()
    },
    end: () => ({ ...tally.counts(), ...now(), lagMs: Math.max(0, Math.round(delay.max / 1e6 - RESOLUTION_MS)) }),
    faults: () => tally.faults(),
  })
}
