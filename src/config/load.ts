import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { ConfigError, messageOf } from '../base/errors.ts'
import { COMMAND } from '../base/single-file.ts'
import { environmentSettings } from './environment.ts'
import { expand, type Surroundings } from './expand.ts'
import { nearest } from './nearest.ts'
import { Config } from './schema.ts'
import { definitionAt, expected, fromText, members, nameOf, settingsOf, show } from './setting.ts'
import { MAX_FILE_BYTES, parseYaml, type YamlFile } from './yaml-file.ts'

export const DEFAULT_FILE = 'streamhost.config.yaml'

export type LoadOptions = {
  /** The file to read. Left out: `streamhost.config.yaml`, which need not exist. */
  readonly file?: string | undefined
  /** The file must be there, whatever its name. */
  readonly required?: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

export type LoadedConfig = {
  readonly config: Config
  /** The absolute path of the file that was read; null: there was none, all is by default and environment. */
  readonly file: string | null
  /** Which version of the file it was; null: none. See `fileVersion`. */
  readonly version: string | null
  /** Settings that were given but have no effect yet. */
  readonly withoutEffect: readonly string[]
  /** Where a setting stands, as mistakes name it: file and line, or a variable. */
  where(path: readonly PropertyKey[]): string
}

/** A value and where it came from. */
type Given = { readonly steps: readonly string[]; readonly value: unknown; readonly variable: string }

/**
 * Reads the configuration: the file, then the environment over it, then the definition's checks and defaults.
 * Paths come out absolute: those of the file lie beside it, those of the environment in the working directory.
 * @throws ConfigError that names file, line, setting, what was found and what was expected, one line for each mistake
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const shown = options.file ?? DEFAULT_FILE
  const { text, version = null } =
    (await textOf(resolve(options.cwd, shown), options.required ?? options.file !== undefined)) ?? {}
  const file = text === undefined ? null : resolve(options.cwd, shown)
  const directory = file === null ? options.cwd : dirname(file)
  const yaml = parseYaml(text ?? '', shown)
  const raw = withoutEmpty(yaml.value ?? {})
  const variables = environmentSettings(options.env)
  const found = new Found(shown, yaml, raw, variables)

  const expanded = await found.expanded({ env: options.env, directory })
  const merged = variables.reduce((value, given) => withValue(value, given.steps, given.value), expanded)
  found.throwMistakes()
  const result = Config.safeParse(merged, { error: () => '' })
  if (!result.success) {
    for (const issue of result.error.issues) found.mistake(issue)
    found.throwMistakes()
  }
  const config = result.data as Config
  absolutePaths(config, (name) => (variables.some((given) => given.steps.join('.') === name) ? options.cwd : directory))
  return { config, file, version, withoutEffect: [...withoutEffect(merged, [])], where: (path) => found.where(path) }
}

/** Tells versions of a file apart without reading it. @throws Error of the system when it isn't there */
export async function fileVersion(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
  return [dev, ino, size, mtimeNs, ctimeNs].join()
}

async function textOf(file: string, required: boolean): Promise<{ text: string; version: string } | undefined> {
  try {
    // Before it is read: what is saved meanwhile is another version.
    const version = await fileVersion(file)
    const { size } = await stat(file)
    if (size > MAX_FILE_BYTES)
      throw new ConfigError(`${file}: the file is longer than 1 MiB; that is no configuration.`)
    return { text: await readFile(file, 'utf8'), version }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (missing && !required) return undefined
    const hint = missing ? `there is no such file; \`${COMMAND} init\` makes one` : messageOf(error)
    throw new ConfigError(`${file}: the configuration cannot be read: ${hint}.`, { cause: error })
  }
}

/** What was found where, and the mistakes in it. */
class Found {
  readonly #file: string
  readonly #yaml: YamlFile
  readonly #raw: unknown
  readonly #variables: readonly Given[]
  readonly #mistakes: string[] = []

  constructor(file: string, yaml: YamlFile, raw: unknown, variables: readonly Given[]) {
    this.#file = file
    this.#yaml = yaml
    this.#raw = raw
    this.#variables = variables
  }

  /** The file's value with `${…}` replaced. */
  expanded(around: Surroundings): Promise<unknown> {
    return this.#expand(this.#raw, [], around)
  }

  throwMistakes(): void {
    if (this.#mistakes.length > 0) throw new ConfigError(this.#mistakes.join('\n'))
  }

  mistake(issue: z.core.$ZodIssue): void {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) this.#unknown(issue.path, key)
      return
    }
    const definition = definitionAt(Config, issue.path)
    const wanted = issue.message || (definition ? expected(definition.core) : 'something else')
    const value = this.#valueAt(issue.path)
    const is = value === undefined ? 'is missing' : `is ${definition?.secret ? 'a secret not shown here' : show(value)}`
    this.#mistakes.push(`${this.where(issue.path)}: ${nameOf(issue.path) || 'the file'} ${is}, expected ${wanted}.`)
  }

  #unknown(path: readonly PropertyKey[], key: string): void {
    const names = Object.keys(members(definitionAt(Config, path)?.core ?? Config) ?? {})
    const inside = nearest(key, names)
    const elsewhere = [...settingsOf(Config)].find(({ steps }) => steps.at(-1) === key)?.name
    const meant = inside === undefined ? elsewhere : nameOf([...path, inside])
    const hint = meant === undefined ? `known here: ${names.join(', ')}` : `did you mean ${meant}?`
    const end = hint.endsWith('?') ? '' : '.'
    this.#mistakes.push(
      `${this.where(path, key)}: ${nameOf([...path, key])} is no setting of this server; ${hint}${end}`,
    )
  }

  where(path: readonly PropertyKey[], key?: string): string {
    const name = path.join('.')
    const from = this.#variables.find(({ steps }) => name === steps.join('.') || name.startsWith(`${steps.join('.')}.`))
    return from ? from.variable : `${this.#file}:${this.#yaml.lineOf(path, key)}`
  }

  #valueAt(path: readonly PropertyKey[]): unknown {
    const given = this.#variables.find(({ steps }) => steps.every((step, index) => path[index] === step))
    if (given) return at(given.value, path.slice(given.steps.length))
    return at(this.#raw, path)
  }

  async #expand(value: unknown, path: readonly PropertyKey[], around: Surroundings): Promise<unknown> {
    if (typeof value === 'string' && value.includes('${')) {
      try {
        const text = await expand(value, around)
        const definition = definitionAt(Config, path)
        return definition && /^\$\{[^}]*\}$/.test(value) ? fromText(definition.core, text) : text
      } catch (error) {
        this.#mistakes.push(`${this.where(path)}: ${nameOf(path)} is ${show(value)}, ${messageOf(error)}.`)
        return value
      }
    }
    if (Array.isArray(value))
      return Promise.all(value.map((item, index) => this.#expand(item, [...path, index], around)))
    if (!isGroup(value)) return value
    const entries = Object.entries(value).map(async ([key, item]) => [
      key,
      await this.#expand(item, [...path, key], around),
    ])
    return Object.fromEntries(await Promise.all(entries))
  }
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, step) => {
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, step)) return undefined
    return (inside as Record<PropertyKey, unknown>)[step]
  }, value)
}

/** A name without a value (`port:`) keeps its default, as does a group whose settings are all commented out. */
function withoutEmpty(value: unknown): unknown {
  if (!isGroup(value)) return value
  const given = Object.entries(value).filter(([, inside]) => inside !== null)
  return Object.fromEntries(given.map(([key, inside]) => [key, withoutEmpty(inside)]))
}

function withValue(value: unknown, [step, ...rest]: readonly string[], leaf: unknown): unknown {
  if (step === undefined) return leaf
  const group = isGroup(value) ? value : {}
  return { ...group, [step]: withValue(at(group, [step]), rest, leaf) }
}

/** Where a path may stand, these are none. */
const WORDS: ReadonlySet<unknown> = new Set(['auto', 'off', 'poster'])

function absolutePaths(config: Config, directoryOf: (name: string) => string): void {
  for (const { steps, name, path, core } of settingsOf(Config)) {
    const value = at(config, steps)
    const group = at(config, steps.slice(0, -1))
    if (path && isGroup(group)) makeAbsolute(group, steps.at(-1) ?? '', directoryOf(name))
    if (!(core instanceof z.ZodArray) || !Array.isArray(value)) continue
    for (const inside of settingsOf(core.element)) {
      for (const item of value.filter(isGroup)) if (inside.path) makeAbsolute(item, inside.name, directoryOf(name))
    }
  }
}

function makeAbsolute(group: Record<string, unknown>, name: string, directory: string): void {
  const value = group[name]
  if (typeof value === 'string' && !WORDS.has(value)) group[name] = resolve(directory, value)
}

function* withoutEffect(value: unknown, path: readonly PropertyKey[]): Generator<string> {
  const definition = definitionAt(Config, path)
  if (!definition) return
  const isGroupOrList = isGroup(value) || (Array.isArray(value) && value.some(isGroup))
  if (isGroupOrList) {
    for (const [key, inside] of Object.entries(value as object)) {
      yield* withoutEffect(inside, [...path, Array.isArray(value) ? Number(key) : key])
    }
  } else if (definition.later) {
    yield nameOf(path)
  }
}
