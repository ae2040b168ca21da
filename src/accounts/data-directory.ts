import { ConfigError, messageOf } from '../base/errors.ts'
import { makeDirectory } from '../base/make-directory.ts'

/**
 * Makes the data directory (mode 0700) and what is missing above it.
 * @throws ConfigError
 */
export async function makeDataDirectory(path: string): Promise<void> {
  try {
    await makeDirectory(path)
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
