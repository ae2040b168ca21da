import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { embedded } from '../base/single-file.ts'

/** A single file that was built with `--with-ffmpeg` carries these: the program, and its SHA-256 in hexadecimal. */
export const EMBEDDED_FFMPEG = { program: 'ffmpeg', digest: 'ffmpeg.sha256' } as const

/**
 * The FFmpeg to run where the configuration names none: the one inside the single file, which is put into the data directory
 * (there because that is ours alone, mode 0700, and nothing of the environment names it); else the one on the PATH.
 */
export async function findFfmpeg(dataDir: string, log: Log): Promise<string> {
  const program = embedded(EMBEDDED_FFMPEG.program)
  const digest = embedded(EMBEDDED_FFMPEG.digest)?.toString('utf8')
  if (program === undefined || digest === undefined) return 'ffmpeg'
  try {
    return await extract(program, digest, join(dataDir, 'cache'))
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'the FFmpeg inside this program could not be put into the data directory')
    return 'ffmpeg'
  }
}

/**
 * Puts a program into a folder of a directory that exists, under a name that says its content, unless it is there already
 * and whole. Other versions of it are removed.
 * @returns its path @throws Error when it can't be written
 */
export async function extract(program: Buffer, digest: string, folder: string): Promise<string> {
  const name = `ffmpeg-${digest.slice(0, 16)}`
  const path = join(folder, name)
  if ((await digestOf(path)) === digest) return path
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  for (const old of await readdir(folder)) if (old.startsWith('ffmpeg-')) await rm(join(folder, old))
  const unfinished = join(folder, `${name}.${process.pid}`)
  await writeFile(unfinished, program, { mode: 0o700, flag: 'wx' })
  if ((await digestOf(unfinished)) !== digest) throw new Error(`${unfinished} is not what was written`)
  await rename(unfinished, path)
  return path
}

/** @returns undefined when the file can't be read */
async function digestOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
    return hash.digest('hex')
  } catch {
    return undefined
  }
}
