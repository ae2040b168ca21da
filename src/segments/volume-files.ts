import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { messageOf } from '../base/errors.ts'
import { encodeRecord } from './journal.ts'
import { journalPath, mediaPath, type VolumeName } from './layout.ts'
import type { VolumeWrite, WriteFailure } from './protocol.ts'

/**
 * The open files of one volume, written in the store's thread. Media is written before the journal that tells of it, and
 * brought to the disk before the journal says so.
 */
export class VolumeFiles {
  readonly #root: string
  readonly #name: VolumeName
  readonly #media = new Map<string, number>()
  #journal: number | undefined
  #journalLength = 0
  #dirty = false

  constructor(root: string, name: VolumeName) {
    this.#root = root
    this.#name = name
  }

  /**
   * Writes media and records.
   * @param crcs is given the checksum of each part
   * @throws what the file system throws; the journal then holds whole records only
   */
  write({ media, records }: VolumeWrite, crcs: number[]): void {
    this.#open()
    this.#dirty = true
    const first = crcs.length
    for (const { rendition, at, bytes } of media) {
      writeAll(this.#mediaFile(rendition), bytes, at)
      crcs.push(crc32(bytes))
    }
    let part = first
    const encoded = records.map((record) =>
      encodeRecord(record.type === 'part' ? { ...record, crc: crcs[part++] ?? 0 } : record),
    )
    this.#append(Buffer.concat(encoded))
  }

  /** Brings all to the disk, and says so in the journal. */
  sync(): void {
    if (!this.#dirty || this.#journal === undefined) return
    for (const fd of this.#media.values()) fdatasyncSync(fd)
    this.#append(encodeRecord({ type: 'sync' }))
    fdatasyncSync(this.#journal)
    this.#dirty = false
  }

  close(): void {
    for (const fd of this.#media.values()) closeSync(fd)
    this.#media.clear()
    if (this.#journal !== undefined) closeSync(this.#journal)
    this.#journal = undefined
  }

  #open(): void {
    if (this.#journal !== undefined) return
    const path = journalPath(this.#root, this.#name)
    makeFolders(this.#root, dirname(path))
    // A volume is written once: a number is never used again.
    this.#journal = openSync(path, 'wx', 0o600)
    this.#journalLength = 0
  }

  #mediaFile(rendition: string): number {
    let fd = this.#media.get(rendition)
    if (fd === undefined) {
      fd = openSync(mediaPath(this.#root, this.#name, rendition), 'wx', 0o600)
      this.#media.set(rendition, fd)
    }
    return fd
  }

  /** Half a record would hide all behind it: what could not be written whole is taken back. */
  #append(bytes: Buffer): void {
    const fd = this.#journal
    if (fd === undefined) return
    try {
      writeAll(fd, bytes, this.#journalLength)
      this.#journalLength += bytes.byteLength
    } catch (error) {
      ftruncateSync(fd, this.#journalLength)
      throw error
    }
  }
}

export function failureOf(volume: VolumeName, error: unknown): WriteFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
  return { volume, code, message: messageOf(error) }
}

function writeAll(fd: number, bytes: Uint8Array, at: number): void {
  let done = 0
  while (done < bytes.byteLength) done += writeSync(fd, bytes, done, bytes.byteLength - done, at + done)
}

/** Step by step: `mkdir` with `recursive` never comes back from some paths of virtual file systems. */
function makeFolders(root: string, path: string): void {
  for (const folder of [root, dirname(path), path].map((each) => join(each))) {
    try {
      mkdirSync(folder, { mode: 0o700 })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}
