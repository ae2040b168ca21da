import { join, relative } from 'node:path'
import { ConfigError } from '../base/errors.ts'

/** `sun_path` of unix(7) has 108 bytes on Linux, 104 on macOS, the closing zero included. */
const MAX_PATH_BYTES = 103

/**
 * Where a running server listens for its own command line; who may open it is an admin.
 * Named from the working directory where that is shorter, as the system allows only short names.
 * @throws ConfigError when the data directory's path is too long
 */
export function runSocketPath(dataDir: string): string {
  const path = join(dataDir, 'run.sock')
  const short = [path, relative(process.cwd(), path)].find((name) => Buffer.byteLength(name) <= MAX_PATH_BYTES)
  if (short === undefined) {
    throw new ConfigError(
      `The path of the data directory is too long for a socket: ${path}. Choose a shorter storage.dataDir.`,
    )
  }
  return short
}
