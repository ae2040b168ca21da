import { randomBytes } from 'node:crypto'
import { access, constants, open, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { messageOf } from '../../../base/errors.ts'
import type { Config } from '../../../config/schema.ts'
import type { Finding } from './finding.ts'

/** Each part of media that is kept is a write as this one; a median of as many. */
const WRITES = 5
const WRITE_BYTES = 4096
/** A disk slower than this keeps up with a few broadcasts only. */
const SLOW_MS = 100

/** Whether the data directory is there, ours alone, with room on a disk that is fast enough. */
export async function lookAtDisk({ storage }: Config): Promise<Finding[]> {
  const dataDir = resolve(storage.dataDir)
  const found = await stat(dataDir).catch((error: NodeJS.ErrnoException) => error)
  if (found instanceof Error) return [await notThere(dataDir, found)]
  const about = 'data'
  if (!found.isDirectory()) {
    return [
      { about, state: 'broken', found: `${dataDir} is no directory`, todo: 'Set storage.dataDir to a directory.' },
    ]
  }
  const directory = permissions(dataDir, found.mode)
  const space = await lookAtSpace(dataDir, storage.minFreeBytes)
  try {
    return [directory, space, await lookAtSpeed(dataDir)]
  } catch (error) {
    const words = `${dataDir} can’t be written: ${messageOf(error)}`
    const todo = 'Give it to the user who runs the server, or set storage.dataDir to another one.'
    return [{ about, state: 'broken', found: words, todo }, space]
  }
}

async function notThere(dataDir: string, error: NodeJS.ErrnoException): Promise<Finding> {
  const about = 'data'
  if (error.code !== 'ENOENT') return { about, state: 'broken', found: `${dataDir} can’t be read: ${error.message}` }
  let above = dirname(dataDir)
  while ((await stat(above).catch(() => undefined)) === undefined && dirname(above) !== above) above = dirname(above)
  try {
    await access(above, constants.W_OK | constants.X_OK)
    return { about, state: 'good', found: `${dataDir} is not there yet, the first start makes it` }
  } catch {
    const todo = `Make it for the user who runs the server, or set storage.dataDir to another one.`
    return { about, state: 'broken', found: `${dataDir} is not there, and ${above} may not be written`, todo }
  }
}

function permissions(dataDir: string, mode: number): Finding {
  const about = 'data'
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    const todo = `It has keys and people’s addresses in it: chmod 700 ${dataDir}`
    return { about, state: 'note', found: `${dataDir} can be opened by other users of this machine`, todo }
  }
  return { about, state: 'good', found: dataDir }
}

async function lookAtSpace(dataDir: string, minFreeBytes: number): Promise<Finding> {
  const about = 'disk'
  const { bavail, blocks, bsize } = await statfs(dataDir)
  const free = bavail * bsize
  const found = `${gigabytes(free)} of ${gigabytes(blocks * bsize)} free`
  if (free >= minFreeBytes) return { about, state: 'good', found }
  const todo =
    'Below it rewinding is cut short, then nothing is kept; live goes on. Free some space, or lower the setting.'
  return {
    about,
    state: 'broken',
    found: `${found}, less than storage.minFreeBytes (${gigabytes(minFreeBytes)})`,
    todo,
  }
}

/** @throws what the file system throws */
async function lookAtSpeed(dataDir: string): Promise<Finding> {
  const path = join(dataDir, `.doctor-${randomBytes(6).toString('hex')}`)
  const times: number[] = []
  const file = await open(path, 'wx', 0o600)
  try {
    for (let at = 0; at < WRITES; at++) {
      const startedAt = performance.now()
      await file.write(randomBytes(WRITE_BYTES), 0, WRITE_BYTES, at * WRITE_BYTES)
      await file.sync()
      times.push(performance.now() - startedAt)
    }
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
  const ms = times.sort((one, two) => one - two)[WRITES >> 1] ?? 0
  const about = 'disk speed'
  const found = `a small write is safe after ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < SLOW_MS) return { about, state: 'good', found }
  const todo = 'Many broadcasts at once may be more than it keeps up with: their rewind windows would get holes.'
  return { about, state: 'note', found, todo }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
