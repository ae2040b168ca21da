import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file (mode 0600) beside its place, syncs it, then renames it over: at no instant is there half a file.
 * @throws what the file system throws
 */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    await writeSynced(beside, content)
    await rename(beside, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined)
    throw error
  }
}

async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  await using file: FileHandle = await open(path, 'wx', 0o600)
  await file.writeFile(content)
  await file.sync()
}

async function syncDirectory(path: string): Promise<void> {
  // Some file systems refuse to sync a directory; the rename is done either way.
  const directory = await open(path, 'r').catch(() => undefined)
  await directory?.sync().catch(() => undefined)
  await directory?.close()
}
