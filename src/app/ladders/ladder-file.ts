import { readFile, stat } from 'node:fs/promises'
import { ConfigError, messageOf } from '../../base/errors.ts'
import { definitionAt, expected, nameOf, show } from '../../config/setting.ts'
import { type Ladder, LadderFile } from '../../transcode/ladder.ts'

/** Eight rungs are 2 KiB. */
const MAX_BYTES = 65_536

/** Whether something is there. @throws ConfigError when that can't be found out */
export async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw unreadable(file, error)
  }
}

/** Reads a ladder from its file. @throws ConfigError that names the file and, one a line, each mistake with its place */
export async function readLadder(name: string, file: string): Promise<Ladder> {
  const value = parseJson(file, await textOf(file))
  const { success, data, error } = LadderFile.safeParse(value, { error: () => '', reportInput: true })
  if (success) return { name, ...data }
  throw new ConfigError(error.issues.flatMap((issue) => mistakes(file, issue)).join('\n'))
}

async function textOf(file: string): Promise<string> {
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new Error('it is no file')
    if (found.size > MAX_BYTES) throw new Error('it is longer than 64 KiB')
    return await readFile(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ConfigError(`${file}: this is not JSON: ${messageOf(error)}.`, { cause: error })
  }
}

function unreadable(file: string, error: unknown): ConfigError {
  return new ConfigError(`${file}: the ladder cannot be read: ${messageOf(error)}.`, { cause: error })
}

type Issue = NonNullable<ReturnType<typeof LadderFile.safeParse>['error']>['issues'][number]

function mistakes(file: string, issue: Issue): readonly string[] {
  const definition = definitionAt(LadderFile, issue.path)
  const wanted = issue.message || (definition ? expected(definition.core) : 'something else')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${file}: ${nameOf([...issue.path, key])} is not known, expected ${wanted}.`)
  const is = issue.input === undefined ? 'is missing' : `is ${show(issue.input)}`
  return [`${file}: ${nameOf(issue.path) || 'the ladder'} ${is}, expected ${wanted}.`]
}
