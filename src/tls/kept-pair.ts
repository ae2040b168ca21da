import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeDirectory } from '../base/make-directory.ts'
import { type Pair, pairOf } from './pair.ts'

/** Certificate and key in one file, so that at no instant they are of two kinds. Mode 0600. */
export async function writePair(path: string, { cert, key }: Pick<Pair, 'cert' | 'key'>): Promise<void> {
  await writeSecret(path, `${key.trimEnd()}\n${cert.trimEnd()}\n`)
}

/** @returns undefined: there is none, or it can't be used */
export async function readPair(path: string): Promise<Pair | undefined> {
  try {
    const pem = await readFile(path, 'utf8')
    const blocks = pem.match(/-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g) ?? []
    const isKey = (block: string): boolean => block.includes('PRIVATE KEY-----')
    return pairOf(`${blocks.filter((block) => !isKey(block)).join('\n')}\n`, `${blocks.find(isKey) ?? ''}\n`)
  } catch {
    return undefined
  }
}

/** Written beside, synced, then renamed over: at no instant is there half a file. */
export async function writeSecret(path: string, text: string): Promise<void> {
  await makeDirectory(dirname(path))
  const beside = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined)
    throw error
  }
}
