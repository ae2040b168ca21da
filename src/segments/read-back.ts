import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { readJournal } from './journal.ts'
import { FORMAT, type JournalRecord, NAME, type VolumeRecord } from './journal-record.ts'
import { broadcastFolder, journalPath, mediaPath, type VolumeName, volumeFile } from './layout.ts'
import { SegmentList } from './segment-list.ts'
import type { FoundBroadcast, StoredInit, StoredVolume } from './stored-segment.ts'

/** A journal is some hundred kilobytes; one that is larger is not ours to read into memory. */
const LONGEST_JOURNAL = 64 * 2 ** 20

export type Findings = {
  /** Puts what is not understood out of the way. */
  setAside(path: string, why: string): void
  /** Takes away what a deletion left half done. */
  remove(path: string): void
}

/** Reads back all broadcasts below a folder. What is damaged or not ours goes to `findings`; nothing else is changed. */
export function readBack(root: string, findings: Findings): FoundBroadcast[] {
  const found: FoundBroadcast[] = []
  for (const channel of list(root)) {
    if (!isFolder(join(root, channel)) || !NAME.test(channel)) {
      findings.setAside(join(root, channel), 'not a folder of the segment store')
      continue
    }
    for (const broadcast of list(join(root, channel))) {
      const path = join(root, channel, broadcast)
      if (!isFolder(path) || !NAME.test(broadcast)) findings.setAside(path, 'not a folder of the segment store')
      else {
        const read = readBroadcast(root, channel, broadcast, findings)
        if (read !== undefined) found.push(read)
      }
    }
  }
  return found
}

type Rendition = { readonly inits: Map<number, StoredInit>; readonly segments: SegmentList }

function readBroadcast(
  root: string,
  channel: string,
  broadcast: string,
  findings: Findings,
): FoundBroadcast | undefined {
  const folder = broadcastFolder(root, { channel, broadcast })
  const files = new Map<number, { journal: boolean; media: string[] }>()
  for (const name of list(folder)) {
    const file = volumeFile(name)
    if (file === undefined || isFolder(join(folder, name))) {
      findings.setAside(join(folder, name), 'not a file of the segment store')
      continue
    }
    const known = files.get(file.number) ?? { journal: false, media: [] }
    if (file.rendition === undefined) known.journal = true
    else known.media.push(name)
    files.set(file.number, known)
  }
  const renditions = new Map<string, Rendition>()
  const volumes: StoredVolume[] = []
  let notes: Record<string, unknown> = {}
  let head: VolumeRecord | undefined
  let end: FoundBroadcast['end']
  let writtenAt = 0
  let doubtful = false
  for (const [number, { journal, media }] of [...files].sort(([a], [b]) => a - b)) {
    const volume: VolumeName = { channel, broadcast, number }
    if (!journal) {
      for (const name of media) findings.setAside(join(folder, name), 'media without its journal')
      continue
    }
    const read = readVolume(root, volume)
    if (read === 'not begun') {
      for (const name of [...media.map((each) => join(folder, each)), journalPath(root, volume)]) findings.remove(name)
      continue
    }
    doubtful = typeof read === 'string'
    if (typeof read === 'string') {
      for (const name of media) findings.setAside(join(folder, name), read)
      findings.setAside(journalPath(root, volume), read)
      continue
    }
    const { records, first, synced } = read
    // Media goes before its journal: a deletion was under way.
    if (media.length === 0 && records.some(({ type }) => type === 'part')) {
      findings.remove(journalPath(root, volume))
      continue
    }
    head = first
    end = undefined
    volumes.push({ number, bytes: sizeOf(folder, media) })
    writtenAt = Math.max(writtenAt, statSync(journalPath(root, volume)).mtimeMs)
    const damaged = new MediaCheck(root, volume)
    for (const [index, record] of records.entries()) {
      if (record.type === 'note') notes = { ...notes, [record.name]: record.value }
      else if (record.type === 'end') end = { how: record.how, at: record.at }
      else if (record.type === 'init') {
        const { inits } = rendition(renditions, record.rendition)
        inits.set(record.index, initOf(record))
      } else if (record.type === 'part') {
        const { segments } = rendition(renditions, record.rendition)
        segments.part(record, damaged.isWhole(record, index > synced))
      } else if (record.type === 'open') rendition(renditions, record.rendition).segments.open(record, number)
      else if (record.type === 'gap') rendition(renditions, record.rendition).segments.gap(record, number)
      else if (record.type === 'close') rendition(renditions, record.rendition).segments.close(record.msn)
    }
    damaged.close()
  }
  if (head === undefined) return undefined
  return {
    channel,
    slug: head.slug,
    broadcast,
    startedAt: head.startedAt,
    volumes,
    renditions: [...renditions].map(([name, { inits, segments }]) => ({
      name,
      inits: [...inits.values()].sort((a, b) => a.index - b.index),
      segments: segments.withoutHoles(),
    })),
    notes,
    end,
    writtenAt,
    doubtful,
  }
}

type Read = {
  readonly records: readonly JournalRecord[]
  readonly first: VolumeRecord
  /** Index of the last record that is surely on the disk with all before it; -1: none. */
  readonly synced: number
}

/** @returns why it can't be used, or what it says */
function readVolume(root: string, volume: VolumeName): Read | 'not begun' | (string & {}) {
  const path = journalPath(root, volume)
  if (statSync(path).size > LONGEST_JOURNAL) return 'a journal that is far too long'
  const { records, damage } = readJournal(readFileSync(path))
  const [first] = records
  // A crash between the making of its files and its first record.
  if (first === undefined && damage !== 'corrupt') return 'not begun'
  if (first?.type !== 'volume') return 'a damaged journal'
  if (first.format !== FORMAT) return `a journal of format ${first.format}, this version reads ${FORMAT}`
  if (first.channel !== volume.channel || first.broadcast !== volume.broadcast || first.number !== volume.number)
    return 'the journal of another volume'
  if (damage === 'corrupt') return 'a damaged journal'
  return { records, first, synced: records.findLastIndex(({ type }) => type === 'sync') }
}

/** Whether a part's bytes are there: by the file's length, and by their checksum where no sync vouches for them. */
class MediaCheck {
  readonly #root: string
  readonly #volume: VolumeName
  readonly #files = new Map<string, { readonly fd: number | undefined; readonly size: number }>()

  constructor(root: string, volume: VolumeName) {
    this.#root = root
    this.#volume = volume
  }

  isWhole(part: Extract<JournalRecord, { type: 'part' }>, doubtful: boolean): boolean {
    const { fd, size } = this.#file(part.rendition)
    if (fd === undefined || part.at + part.length > size) return false
    if (!doubtful) return true
    const bytes = Buffer.allocUnsafe(part.length)
    return readSync(fd, bytes, 0, part.length, part.at) === part.length && crc32(bytes) === part.crc
  }

  close(): void {
    for (const { fd } of this.#files.values()) if (fd !== undefined) closeSync(fd)
  }

  #file(rendition: string): { readonly fd: number | undefined; readonly size: number } {
    let file = this.#files.get(rendition)
    if (file === undefined) {
      const path = mediaPath(this.#root, this.#volume, rendition)
      try {
        file = { fd: openSync(path, 'r'), size: statSync(path).size }
      } catch {
        file = { fd: undefined, size: 0 }
      }
      this.#files.set(rendition, file)
    }
    return file
  }
}

function rendition(renditions: Map<string, Rendition>, name: string): Rendition {
  const known = renditions.get(name) ?? { inits: new Map<number, StoredInit>(), segments: new SegmentList() }
  renditions.set(name, known)
  return known
}

const initOf = (record: Extract<JournalRecord, { type: 'init' }>): StoredInit => ({
  index: record.index,
  codec: record.codec,
  config: Uint8Array.from(Buffer.from(record.config, 'base64')),
  timescale: record.timescale,
  bytes: Uint8Array.from(Buffer.from(record.bytes, 'base64')),
})

const list = (path: string): string[] => {
  try {
    return readdirSync(path).sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

function sizeOf(folder: string, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0)
}
