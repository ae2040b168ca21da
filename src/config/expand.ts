import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { messageOf } from '../base/errors.ts'

/** A secret or an address, not a document. */
const MAX_VALUE_BYTES = 65_536

/** Where `${…}` finds its values. */
export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative `${file:…}` names lie here. */
  readonly directory: string
}

/**
 * Replaces `${NAME}` by the environment variable and `${file:PATH}` by the file's text without the line ends behind it.
 * `$${` stands for `${` itself. What was put in is not looked at again.
 * @throws Error whose message continues "… is «text», " when something is missing
 */
export async function expand(text: string, around: Surroundings): Promise<string> {
  let result = ''
  let from = 0
  for (const match of text.matchAll(/\$\$\{|\$\{([^}]*)\}|\$\{/g)) {
    result += text.slice(from, match.index)
    from = match.index + match[0].length
    if (match[0] === '$${') result += '${'
    else result += await lookUp(match[1], around)
  }
  return result + text.slice(from)
}

async function lookUp(name: string | undefined, around: Surroundings): Promise<string> {
  if (name?.startsWith('file:')) return valueOfFile(resolve(around.directory, name.slice('file:'.length)))
  if (name === undefined || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new Error(
      'expected a variable’s name or file:PATH between the braces (write $$ before a brace that is meant as it is)',
    )
  }
  const value = around.env[name]
  if (value === undefined) throw new Error(`but the environment has no variable ${name}`)
  return value
}

async function valueOfFile(file: string): Promise<string> {
  try {
    const { size } = await stat(file)
    if (size > MAX_VALUE_BYTES) throw new Error('it is longer than 64 KiB')
    return (await readFile(file, 'utf8')).replace(/[\r\n]+$/, '')
  } catch (error) {
    throw new Error(`but the file ${file} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}
