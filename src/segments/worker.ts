import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, statfsSync, unlinkSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { parentPort } from 'node:worker_threads'
import { messageOf } from '../base/errors.ts'
import { threadSettings } from '../base/thread-settings.ts'
import { unload } from './carrier.ts'
import {
  broadcastFolder,
  channelFolder,
  FOLDER,
  journalPath,
  SET_ASIDE,
  type VolumeName,
  volumeFile,
} from './layout.ts'
import type { FromWorker, ToWorker, VolumeWrite, WorkerSettings, WriteFailure } from './protocol.ts'
import { readBack } from './read-back.ts'
import { failureOf, VolumeFiles } from './volume-files.ts'

/**
 * The segment store's thread: all files are written, brought to the disk and deleted here, so that a slow disk holds up
 * nobody. Work is done in the order it was sent.
 */
const port = parentPort
if (port === null) throw new Error('this file is the entry of a worker thread')

const { dataDir, syncMs, again } = await threadSettings<WorkerSettings>(port)
const root = join(dataDir, FOLDER)
const say = (message: FromWorker): void => port.postMessage(message)
const volumes = new Map<string, VolumeFiles>()
let putAsideCount = 0

try {
  start()
} catch (error) {
  say({ type: 'failed', message: messageOf(error) })
  port.close()
}

function start(): void {
  const setAside: { from: string; to: string; why: string }[] = []
  const broadcasts = again
    ? []
    : readBack(root, {
        setAside: (path, why) => setAside.push({ ...putAside(path), why }),
        remove: (path) => unlinkSync(path),
      })
  say({ type: 'found', broadcasts, setAside, freeBytes: freeBytes() })
  const timer = setInterval(sync, syncMs)
  port?.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'write':
        write(message.id, unload(message))
        break
      case 'remove':
        removing(() => message.volumes.forEach(removeVolume))
        break
      case 'removeBroadcast':
        removing(() => removeFolder(broadcastFolder(root, message)))
        break
      case 'removeChannel':
        removing(() => removeFolder(channelFolder(root, message.channel)))
        break
      case 'close':
        clearInterval(timer)
        sync()
        for (const files of volumes.values()) files.close()
        say({ type: 'closed' })
        port?.close()
    }
  })
}

function write(id: number, writes: readonly VolumeWrite[]): void {
  const startedAt = performance.now()
  const failures: WriteFailure[] = []
  const crcs: number[] = []
  for (const each of writes) {
    const key = journalPath(root, each.volume)
    const files = volumes.get(key) ?? new VolumeFiles(root, each.volume)
    volumes.set(key, files)
    const expected = crcs.length + each.media.length
    try {
      if (each.records.length > 0) files.write(each, crcs)
    } catch (error) {
      failures.push(failureOf(each.volume, error))
    }
    while (crcs.length < expected) crcs.push(0)
    if (each.last) closeVolume(key, files)
  }
  say({ type: 'written', id, failures, crcs, seconds: (performance.now() - startedAt) / 1000 })
}

function sync(): void {
  const startedAt = performance.now()
  let failed: string | undefined
  for (const files of volumes.values()) failed = attempt(() => files.sync()) ?? failed
  say({ type: 'synced', freeBytes: freeBytes(), seconds: (performance.now() - startedAt) / 1000, failed })
}

function closeVolume(key: string, files: VolumeFiles): void {
  attempt(() => files.sync())
  attempt(() => files.close())
  volumes.delete(key)
}

/** @returns why it could not be done */
function attempt(act: () => void): string | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function removing(act: () => void): void {
  const message = attempt(act)
  if (message !== undefined) say({ type: 'removeFailed', message })
}

/** Media first: a journal without it is a deletion that was interrupted, and is told from damage. */
function removeVolume(volume: VolumeName): void {
  const key = journalPath(root, volume)
  volumes.get(key)?.close()
  volumes.delete(key)
  const folder = broadcastFolder(root, volume)
  // It may have been dropped before anything of it was written.
  if (!existsSync(key)) return
  for (const name of readdirSync(folder)) {
    const file = volumeFile(name)
    if (file?.number === volume.number && file.rendition !== undefined) unlinkSync(join(folder, name))
  }
  unlinkSync(key)
}

/** A broadcast's folder, or a channel's with its broadcasts. What is not ours stays: it is set aside at the next start. */
function removeFolder(path: string): void {
  for (const [key, files] of volumes) {
    if (relative(path, key).startsWith('..')) continue
    files.close()
    volumes.delete(key)
  }
  if (!existsSync(path)) return
  const entries = readdirSync(path, { withFileTypes: true })
  for (const entry of entries) if (entry.isDirectory()) removeFolder(join(path, entry.name))
  const files = entries.flatMap(({ name }) => (volumeFile(name) === undefined ? [] : [name]))
  for (const name of files.filter((each) => volumeFile(each)?.rendition !== undefined)) unlinkSync(join(path, name))
  for (const name of files.filter((each) => volumeFile(each)?.rendition === undefined)) unlinkSync(join(path, name))
  rmdirSync(path)
}

/** Moves something to where it is in nobody's way, under a name that is free. */
function putAside(path: string): { from: string; to: string } {
  const folder = join(dataDir, SET_ASIDE)
  attempt(() => mkdirSync(folder, { mode: 0o700 }))
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  const to = join(folder, `${stamp}-${process.pid}-${++putAsideCount}-${basename(path)}`)
  renameSync(path, to)
  return { from: relative(dataDir, path), to: relative(dataDir, to) }
}

function freeBytes(): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(dataDir)
    return bavail * bsize
  } catch {
    return undefined
  }
}
