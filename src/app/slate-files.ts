import { access, constants, stat } from 'node:fs/promises'
import { ConfigError, messageOf } from '../base/errors.ts'
import type { Config } from '../config/schema.ts'
import { nameOf } from '../config/setting.ts'
import type { Where } from './reload/config-in-force.ts'

/**
 * Looks for the slates that a configuration names, so that it doesn't come out only when an encoder is lost.
 * @throws ConfigError with every mistake, one a line
 */
export async function mustHaveSlates({ ingest, channels }: Config, where: Where): Promise<void> {
  const places: [string | undefined, PropertyKey[]][] = [
    [ingest.slate, ['ingest', 'slate']],
    ...channels.map(({ slate }, index): [string | undefined, PropertyKey[]] => [slate, ['channels', index, 'slate']]),
  ]
  const mistakes: string[] = []
  for (const [slate, path] of places) {
    if (slate === undefined || slate === 'off' || slate === 'poster') continue
    const why = await whyUnreadable(slate)
    if (why === undefined) continue
    const here = `${where(path)}: ${nameOf(path)} is ${JSON.stringify(slate)}, which can't be read: ${why}`
    mistakes.push(`${here}; put a picture or a video there, or set it to poster or off.`)
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes.join('\n'))
}

async function whyUnreadable(file: string): Promise<string | undefined> {
  try {
    if (!(await stat(file)).isFile()) return 'it is no file'
    await access(file, constants.R_OK)
    return undefined
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return missing ? 'there is no such file' : messageOf(error)
  }
}
