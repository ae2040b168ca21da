import type { JournalRecord } from './journal-record.ts'
import type { VolumeName } from './layout.ts'
import type { FromWorker, VolumeWrite } from './protocol.ts'
import type { StoredPart } from './stored-segment.ts'

/** A volume as its writers know it. */
export type Volume = {
  readonly name: VolumeName
  /** Of its media. */
  bytes: number
  /** Something of it could not be written: it is not written any more. */
  broken: boolean
  /** Where each rendition's next part goes. */
  readonly ends: Map<string, number>
}

type PartWrite = {
  readonly rendition: string
  readonly at: number
  readonly bytes: Uint8Array
  readonly part: StoredPart
  /** Told when the bytes did not reach the disk. */
  readonly lost: () => void
}

type Pending = {
  readonly media: PartWrite[]
  readonly records: JournalRecord[]
  last: boolean
}

/** Parts wait so long for others, milliseconds: a message between threads costs more than a part. */
const GATHER_MS = 100
/** Bytes on their way to the disk. Beyond, parts are not kept: memory is the viewers'. */
const MOST_BYTES = 64 * 2 ** 20

export type WriteQueueOptions = {
  readonly post: (id: number, writes: readonly VolumeWrite[]) => void
  /** A volume could not be written. */
  readonly failed: (code: string, message: string) => void
  readonly mostBytes?: number
}

/** What is on its way to the store's thread: gathered, one message at a time, bounded in bytes. */
export class WriteQueue {
  readonly #options: WriteQueueOptions
  readonly #mostBytes: number
  #waiting = new Map<Volume, Pending>()
  #underWay: { readonly id: number; readonly writes: ReadonlyMap<Volume, Pending> } | undefined
  #ids = 0
  #timer: NodeJS.Timeout | undefined
  #hurried: NodeJS.Immediate | undefined
  #whenEmpty: (() => void)[] = []
  /** Bytes that wait or are under way. */
  bytes = 0

  constructor(options: WriteQueueOptions) {
    this.#options = options
    this.#mostBytes = options.mostBytes ?? MOST_BYTES
  }

  /** Whether there is room for so many bytes more. */
  takes(bytes: number): boolean {
    return this.bytes + bytes <= this.#mostBytes
  }

  record(volume: Volume, record: JournalRecord): void {
    this.#of(volume).records.push(record)
  }

  part(volume: Volume, write: PartWrite, record: JournalRecord): void {
    const pending = this.#of(volume)
    pending.media.push(write)
    pending.records.push(record)
    this.bytes += write.bytes.byteLength
  }

  /** Nothing more comes for this volume. */
  close(volume: Volume): void {
    this.#of(volume).last = true
  }

  /** A volume is deleted: what waits for it is not written any more. */
  drop(volume: Volume): void {
    volume.broken = true
    for (const { bytes } of this.#waiting.get(volume)?.media ?? []) this.bytes -= bytes.byteLength
    this.#waiting.delete(volume)
  }

  written(reply: Extract<FromWorker, { type: 'written' }>): void {
    const underWay = this.#underWay
    if (underWay?.id !== reply.id) return
    this.#underWay = undefined
    let crc = 0
    for (const [volume, { media }] of underWay.writes) {
      const failure = reply.failures.find((each) => same(each.volume, volume.name))
      for (const { part, bytes } of media) {
        part.crc = reply.crcs[crc++]
        this.bytes -= bytes.byteLength
      }
      if (failure === undefined) continue
      this.#break(volume, media)
      this.#options.failed(failure.code, failure.message)
    }
    this.#goOn()
  }

  /** The thread is gone, and what it was given with it. */
  lostWorker(): void {
    const lost = [...(this.#underWay?.writes ?? []), ...this.#waiting]
    this.#underWay = undefined
    this.#waiting = new Map()
    for (const [volume, { media }] of lost) this.#break(volume, media)
    this.bytes = 0
    this.#goOn()
  }

  /** Resolves when all is written. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenEmpty.push(resolve)
      this.hurry()
    })
  }

  /** Waits for no more than what is recorded in this turn: players hear in this moment of what was just recorded. */
  hurry(): void {
    this.#hurried ??= setImmediate(() => {
      this.#hurried = undefined
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#goOn()
    })
  }

  #break(volume: Volume, media: readonly PartWrite[]): void {
    volume.broken = true
    for (const { lost } of media) lost()
  }

  #of(volume: Volume): Pending {
    let pending = this.#waiting.get(volume)
    if (pending === undefined) {
      pending = { media: [], records: [], last: false }
      this.#waiting.set(volume, pending)
      this.#timer ??= setTimeout(() => this.#send(), GATHER_MS)
    }
    return pending
  }

  #goOn(): void {
    if (this.#waiting.size > 0 && this.#timer === undefined) this.#send()
    if (this.#waiting.size > 0 || this.#underWay !== undefined) return
    for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  #send(): void {
    this.#timer = undefined
    // One message at a time: what waits meanwhile costs no copy.
    if (this.#underWay !== undefined || this.#waiting.size === 0) return
    const writes = this.#waiting
    this.#waiting = new Map()
    this.#underWay = { id: ++this.#ids, writes }
    this.#options.post(
      this.#ids,
      [...writes].map(([volume, { media, records, last }]) => ({
        volume: volume.name,
        media: media.map(({ rendition, at, bytes }) => ({ rendition, at, bytes })),
        records,
        last,
      })),
    )
  }
}

const same = (a: VolumeName, b: VolumeName): boolean =>
  a.number === b.number && a.broadcast === b.broadcast && a.channel === b.channel
