import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigError, messageOf } from '../base/errors.ts'

/**
 * Makes the data directory (mode 0700) and what is missing above it. Step by step: `mkdir` with `recursive` never comes
 * back from some paths of virtual file systems.
 * @throws ConfigError
 */
export async function makeDataDirectory(path: string): Promise<void> {
  try {
    await make(path)
  } catch (error) {
    throw unwritable(path, error)
  }
}

export function unwritable(path: string, error: unknown): ConfigError {
  return new ConfigError(
    `the data directory ${path} can't be written (${messageOf(error)}): set storage.dataDir to a directory this user may write to`,
    { cause: error },
  )
}

async function make(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await make(dirname(path))
    await mkdir(path, { mode: 0o700 })
  }
}
