import { stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { FoundEncoders } from './find-encoders.ts'

type Found = { readonly file: string; readonly result: Promise<FoundEncoders> }

/** Keeps what was found with an FFmpeg until that one is another file: each look costs a second of work. */
export class KnownEncoders {
  readonly #look: (ffmpeg: string) => Promise<FoundEncoders>
  #found: Found | undefined

  constructor(look: (ffmpeg: string) => Promise<FoundEncoders>) {
    this.#look = look
  }

  /** @throws Error when FFmpeg can't be started; that isn't kept: there may be one the next time */
  async with(ffmpeg: string): Promise<FoundEncoders> {
    const file = await identityOf(ffmpeg)
    if (this.#found?.file !== file) {
      const found: Found = { file, result: this.#look(ffmpeg) }
      this.#found = found
      found.result.catch(() => {
        if (this.#found === found) this.#found = undefined
      })
    }
    return this.#found.result
  }
}

/** Where a program is: as it is named, or on the PATH. @returns undefined: nowhere */
export async function programFile(name: string, path = process.env.PATH ?? ''): Promise<string | undefined> {
  const places = name.includes('/')
    ? [name]
    : path
        .split(delimiter)
        .filter(Boolean)
        .map((folder) => join(folder, name))
  for (const place of places) {
    const file = await stat(place).catch(() => undefined)
    if (file?.isFile() && (process.platform === 'win32' || (file.mode & 0o111) !== 0)) return place
  }
  return undefined
}

async function identityOf(ffmpeg: string): Promise<string> {
  const file = await programFile(ffmpeg)
  const { mtimeMs, size } = (file === undefined ? undefined : await stat(file).catch(() => undefined)) ?? {}
  return `${file ?? ffmpeg}\n${mtimeMs}\n${size}`
}
