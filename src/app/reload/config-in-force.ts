import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../../config/schema.ts'

/** Looks whether a part could do with a configuration, without any effect. @throws ConfigError when it couldn't */
export type Prepare = (config: Config, where: Where) => Promise<Commit>
/** Does it. @throws UnavailableError when what it needs doesn't answer; then nothing else has changed */
export type Commit = () => Promise<void>
/** Where a setting was found: `streamhost.config.yaml:12`. */
export type Where = (path: readonly PropertyKey[]) => string

/**
 * The configuration that holds now. Parts are given a view of their slice, an object whose properties say at any time what
 * is in force: who reads them when they matter is up to date. What must be done at a change is told to `onChange`, what
 * could be refused or takes time to `prepare`.
 */
export class ConfigInForce {
  #config: Config
  readonly #prepares: Prepare[] = []
  readonly #watchers: ((now: Config, before: Config) => void)[] = []

  constructor(config: Config) {
    this.#config = config
  }

  get config(): Config {
    return this.#config
  }

  /** A slice that stays up to date. Don't spread or destructure it: that would be a copy of what holds now. */
  view<Slice extends object>(of: (config: Config) => Slice): Slice {
    let from = this.#config
    let slice = of(from)
    const now = (): Slice => {
      if (from !== this.#config) {
        from = this.#config
        slice = of(from)
      }
      return slice
    }
    const view = {}
    for (const key of Object.keys(slice) as (keyof Slice)[]) {
      Object.defineProperty(view, key, { enumerable: true, get: () => now()[key] })
    }
    return view as Slice
  }

  /** Called after each change of what `of` answers, by value. */
  onChange<Slice>(of: (config: Config) => Slice, act: (now: Slice, before: Slice) => void): void {
    this.#watchers.push((now, before) => {
      const [after, earlier] = [of(now), of(before)]
      if (!isDeepStrictEqual(after, earlier)) act(after, earlier)
    })
  }

  /** Asked at each reload, in the order of asking here, whether anything has changed or not. */
  prepare(prepare: Prepare): void {
    this.#prepares.push(prepare)
  }

  /** Asks all parts about a configuration. @returns what puts it into force @throws ConfigError */
  async propose(config: Config, where: Where): Promise<Commit> {
    const commits: Commit[] = []
    for (const prepare of this.#prepares) commits.push(await prepare(config, where))
    return async () => {
      for (const commit of commits) await commit()
      const before = this.#config
      this.#config = config
      for (const watch of this.#watchers) watch(config, before)
    }
  }
}
