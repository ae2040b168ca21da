import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, UnavailableError } from '../../base/errors.ts'
import { makeDirectory } from '../../base/make-directory.ts'
import { replaceFile } from '../../base/replace-file.ts'

/** A picture of a channel on the disk; both names are made by us. */
export type PictureName = { readonly slug: string; readonly file: string }

/** Keeps the bytes of pictures. */
export type PictureFiles = {
  /** @throws UnavailableError */
  write(name: PictureName, bytes: Uint8Array): Promise<void>
  /** @returns undefined when there is none @throws UnavailableError */
  read(name: PictureName): Promise<Buffer | undefined>
  remove(name: PictureName): Promise<void>
  list(): Promise<readonly PictureName[]>
}

/** A slug has no dot, so the first one divides. */
const NAME = /^([a-z0-9][a-z0-9_-]{0,63})\.([a-z]+-[0-9a-f]{32}\.[a-z]{3,4})$/

/** Pictures in a folder of the data directory: `<slug>.<file>`. */
export class PictureFolder implements PictureFiles {
  readonly #folder: string

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'pictures')
  }

  async write(name: PictureName, bytes: Uint8Array): Promise<void> {
    try {
      await makeDirectory(this.#folder)
      await replaceFile(this.pathOf(name), bytes)
    } catch (error) {
      throw new UnavailableError(`the picture can't be kept: ${messageOf(error)}`, { cause: error })
    }
  }

  async read(name: PictureName): Promise<Buffer | undefined> {
    try {
      return await readFile(this.pathOf(name))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw new UnavailableError(`the picture can't be read: ${messageOf(error)}`, { cause: error })
    }
  }

  async remove(name: PictureName): Promise<void> {
    await rm(this.pathOf(name), { force: true })
  }

  /** With what a process that was killed left half written, so that it is removed too. */
  async list(): Promise<readonly PictureName[]> {
    const files = await readdir(this.#folder).catch(() => [])
    return files.map((each) => {
      const [, slug = '', file = each] = NAME.exec(each) ?? []
      return { slug, file }
    })
  }

  /** Where it lies, whether it is there or not. */
  pathOf({ slug, file }: PictureName): string {
    return join(this.#folder, slug === '' ? file : `${slug}.${file}`)
  }
}
