import { dirname, join } from 'node:path'
import { ConfigError } from '../../base/errors.ts'
import { ROOT } from '../../base/root.ts'
import { isSingleFile } from '../../base/single-file.ts'
import type { LoadedConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { nameOf } from '../../config/setting.ts'
import type { Ladder } from '../../transcode/ladder.ts'
import type { Prepare, Where } from '../reload/config-in-force.ts'
import { LadderFolders } from './ladder-folders.ts'

/** Where the server's ladders lie; the single file has them inside. */
const TREE = isSingleFile ? null : join(ROOT, 'config/ladders')
/** Of an operator's own ladders, beside the configuration file. */
const BESIDE = 'ladders'

/**
 * The ladders that a configuration names: the server's, or an operator's, which are read at the start and at each reload.
 * Files that it doesn't name are left alone: they may be unfinished.
 */
export class Ladders {
  readonly #folders: LadderFolders
  #named: ReadonlyMap<string, Ladder>

  private constructor(folders: LadderFolders, named: ReadonlyMap<string, Ladder>) {
    this.#folders = folders
    this.#named = named
  }

  /** @throws ConfigError that names every mistake, one a line */
  static async open(
    { config, file, where }: Pick<LoadedConfig, 'config' | 'file' | 'where'>,
    tree = TREE,
  ): Promise<Ladders> {
    const folders = new LadderFolders(tree, file === null ? null : join(dirname(file), BESIDE))
    return new Ladders(folders, await findNamed(config, where, folders))
  }

  readonly prepare: Prepare = async (config, where) => {
    const named = await findNamed(config, where, this.#folders)
    return async () => {
      this.#named = named
    }
  }

  /** What `transcode.ladder` or a channel's `ladder` says. */
  get(setting: string): Ladder | 'auto' | 'off' {
    return setting === 'off' ? 'off' : (this.#named.get(setting) ?? 'auto')
  }
}

async function findNamed(config: Config, where: Where, folders: LadderFolders): Promise<ReadonlyMap<string, Ladder>> {
  const named = new Map<string, Ladder>()
  const mistakes: string[] = []
  for (const [name, path] of placesOf(config)) {
    try {
      named.set(name, await folders.find(name, `${where(path)}: ${nameOf(path)} is "${name}"`))
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      mistakes.push(error.message)
    }
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes.join('\n'))
  return named
}

/** The names of ladders in a configuration, each with the first setting that has it. */
function placesOf({ transcode, channels }: Config): ReadonlyMap<string, readonly PropertyKey[]> {
  const places = new Map<string, readonly PropertyKey[]>()
  const note = (name: string | undefined, path: readonly PropertyKey[]): void => {
    if (name !== undefined && name !== 'auto' && name !== 'off' && !places.has(name)) places.set(name, path)
  }
  note(transcode.ladder, ['transcode', 'ladder'])
  for (const [index, { ladder }] of channels.entries()) note(ladder, ['channels', index, 'ladder'])
  return places
}
