import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../../base/errors.ts'
import { isLadderName } from '../../config/ladder-name.ts'
import { LADDERS, type Ladder } from '../../transcode/ladder.ts'
import { isThere, readLadder } from './ladder-file.ts'

const ENDING = '.json'

/** The server's ladders, and those that an operator laid down as files. None stands in for another of its name. */
export class LadderFolders {
  readonly #tree: string | null
  readonly #all: readonly string[]

  /**
   * @param tree where the server's own lie too, as what they were built from; null: they are inside the program alone
   * @param beside of an operator's alone; null: there is none
   */
  constructor(tree: string | null, beside: string | null) {
    this.#tree = tree
    this.#all = [...new Set([tree, beside])].filter((folder) => folder !== null)
  }

  /**
   * @param here how a mistake begins: the setting that names it, and that it does
   * @throws ConfigError one mistake a line
   */
  async find(name: string, here: string): Promise<Ladder> {
    const builtIn = LADDERS.get(name)
    const [file, another] = await this.#filesOf(name, builtIn === undefined ? this.#all : this.#own())
    if (builtIn !== undefined) {
      if (file === undefined) return builtIn
      throw new ConfigError(`${here}: the server has a ladder of that name, expected another name for ${file}.`)
    }
    if (another !== undefined)
      throw new ConfigError(`${here}: it is both ${file} and ${another}, expected one of them.`)
    if (file !== undefined) return readLadder(name, file)
    const names = ['auto', 'off', ...LADDERS.keys(), ...(await this.#names())]
    const places = this.#all.length === 0 ? '' : `, or a file ${name}${ENDING} in ${this.#all.join(' or ')}`
    throw new ConfigError(`${here}, expected one of ${names.join(', ')}${places}.`)
  }

  #own(): readonly string[] {
    return this.#all.filter((folder) => folder !== this.#tree)
  }

  async #filesOf(name: string, folders: readonly string[]): Promise<readonly string[]> {
    const found: string[] = []
    for (const folder of folders) {
      const file = join(folder, name + ENDING)
      if (await isThere(file)) found.push(file)
    }
    return found
  }

  /** An operator's. */
  async #names(): Promise<readonly string[]> {
    const files = await Promise.all(this.#all.map((folder) => readdir(folder).catch(() => [])))
    const names = files
      .flat()
      .filter((file) => file.endsWith(ENDING))
      .map((file) => file.slice(0, -ENDING.length))
    return [...new Set(names)].filter((name) => isLadderName(name) && !LADDERS.has(name)).sort()
  }
}
