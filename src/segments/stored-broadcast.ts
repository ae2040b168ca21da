import { FORMAT } from './journal-record.ts'
import type { VolumeName } from './layout.ts'
import type { SegmentReader } from './segment-reader.ts'
import { StoredRendition } from './stored-rendition.ts'
import type { FoundBroadcast } from './stored-segment.ts'
import type { Volume, WriteQueue } from './write-queue.ts'

/** A volume holds so much media time, in ticks of 1/90000 s: a minute. */
const VOLUME_TICKS = 60 * 90_000
/** Or so many bytes. */
const VOLUME_BYTES = 256 * 2 ** 20
/** Whole volumes that left the window are kept so many: players may still ask for what their playlist lists. */
const SPARE_VOLUMES = 1

export type BroadcastInfo = {
  readonly channel: string
  readonly slug: string
  readonly broadcast: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** How much media time the window holds, seconds. */
  readonly keepSeconds: number
}

/** What a broadcast asks of the store. */
export type BroadcastHome = {
  readonly queue: WriteQueue
  readonly reader: SegmentReader
  /** Whether the disk has room. */
  readonly writing: () => boolean
  readonly removeVolumes: (volumes: readonly Volume[]) => void
  readonly remove: (broadcast: StoredBroadcast) => void
  readonly lost: (why: 'slow' | 'failed') => void
  readonly pathOf: (volume: VolumeName, rendition: string) => string
}

/** One broadcast in the store: its volumes, the newest of which is written, and its renditions. */
export class StoredBroadcast {
  readonly info: BroadcastInfo
  readonly #home: BroadcastHome
  readonly #renditions = new Map<string, StoredRendition>()
  #notes: Readonly<Record<string, unknown>> = {}
  /** Oldest first; the last one may be written. */
  readonly #volumes: Volume[] = []
  #current: Volume | undefined
  /** Where the current volume began, in ticks. */
  #currentFrom = 0
  #nextNumber: number
  #removed = false

  /** @param found what a process before this one left of it */
  constructor(info: BroadcastInfo, home: BroadcastHome, found?: FoundBroadcast) {
    this.info = info
    this.#home = home
    this.#notes = found?.notes ?? {}
    for (const { number, bytes } of found?.volumes ?? []) this.#volumes.push(this.#volume(number, bytes))
    this.#nextNumber = (found?.volumes.at(-1)?.number ?? 0) + 1
    for (const { name, segments, inits } of found?.renditions ?? [])
      this.#renditions.set(name, this.#newRendition(name, segments, inits))
  }

  get bytes(): number {
    return this.#volumes.reduce((sum, { bytes }) => sum + bytes, 0)
  }
  /** Seconds that can be rewound, the longest of its renditions. */
  get seconds(): number {
    return Math.max(0, ...[...this.#renditions.values()].map((rendition) => rendition.seconds))
  }

  rendition(name: string): StoredRendition {
    const known = this.#renditions.get(name) ?? this.#newRendition(name)
    this.#renditions.set(name, known)
    return known
  }

  note(name: string, value: unknown): void {
    // What is noted is JSON: it is compared, and kept, as that.
    const text = JSON.stringify(value)
    if (text === JSON.stringify(this.#notes[name])) return
    this.#notes = { ...this.#notes, [name]: JSON.parse(text) as unknown }
    if (this.#current === undefined || this.#current.broken) return
    this.#home.queue.record(this.#current, { type: 'note', name, value: this.#notes[name] })
    this.#home.queue.hurry()
  }

  noted(name: string): unknown {
    return this.#notes[name]
  }

  end(how: 'ended' | 'stopped', atMs = Date.now()): void {
    const volume = this.#current ?? this.#begin(this.#currentFrom)
    if (volume !== undefined && !volume.broken) {
      this.#home.queue.record(volume, { type: 'end', how, at: atMs })
    }
    this.#current = undefined
    for (const rendition of this.#renditions.values()) rendition.rest()
    if (volume !== undefined) this.#leave(volume)
    this.#home.queue.hurry()
  }

  remove(): void {
    if (this.#removed) return
    this.#removed = true
    for (const volume of this.#volumes) this.#home.queue.drop(volume)
    this.#home.remove(this)
  }

  /**
   * The disk is nearly full: the oldest volume goes before its time.
   * @returns its bytes; undefined: only what is being written is left
   */
  shrink(): number | undefined {
    const [oldest, next] = this.#volumes
    if (oldest === undefined || next === undefined || oldest === this.#current || this.#writtenBy(oldest))
      return undefined
    this.#drop(1)
    return oldest.bytes
  }

  /** When its oldest volume was begun, by its number: for choosing what goes first. */
  get oldest(): number | undefined {
    return this.#volumes.length > 1 ? this.info.startedAt + (this.#volumes[0]?.name.number ?? 0) * 60_000 : undefined
  }

  #newRendition(name: string, segments: FoundSegments = [], inits: FoundInits = []): StoredRendition {
    const { queue, reader, lost, pathOf } = this.#home
    const { channel, broadcast } = this.info
    return new StoredRendition(
      name,
      {
        ...{ queue, reader, lost },
        keepSeconds: this.info.keepSeconds,
        volumeAt: (time) => this.#volumeAt(time),
        left: (volume) => this.#leave(volume),
        trimmed: () => this.#dropUnneeded(),
        pathOf: (volume) => pathOf({ channel, broadcast, number: volume }, name),
      },
      segments,
      inits,
    )
  }

  /** Segments that begin here go into this volume. */
  #volumeAt(time: number): Volume | undefined {
    if (this.#removed || !this.#home.writing()) {
      const before = this.#current
      this.#current = undefined
      if (before !== undefined) this.#leave(before)
      return undefined
    }
    const current = this.#current
    const full =
      current !== undefined &&
      (current.broken || time - this.#currentFrom >= VOLUME_TICKS || current.bytes >= VOLUME_BYTES)
    if (current !== undefined && !full) return current
    const next = this.#begin(time)
    if (current !== undefined) this.#leave(current)
    return next
  }

  #begin(time: number): Volume | undefined {
    if (this.#removed || !this.#home.writing()) return undefined
    const volume = this.#volume(this.#nextNumber++, 0)
    const { channel, slug, broadcast, startedAt } = this.info
    const { queue } = this.#home
    const { number } = volume.name
    queue.record(volume, { type: 'volume', format: FORMAT, channel, slug, broadcast, startedAt, number })
    for (const [name, value] of Object.entries(this.#notes)) queue.record(volume, { type: 'note', name, value })
    for (const rendition of this.#renditions.values()) for (const init of rendition.inits) queue.record(volume, init)
    this.#volumes.push(volume)
    this.#current = volume
    this.#currentFrom = time
    return volume
  }

  #volume(number: number, bytes: number): Volume {
    const { channel, broadcast } = this.info
    return { name: { channel, broadcast, number }, bytes, broken: false, ends: new Map() }
  }

  /** Closed when nobody writes to it any more. */
  #leave(volume: Volume): void {
    if (volume === this.#current || this.#writtenBy(volume) || !this.#volumes.includes(volume) || this.#removed) return
    this.#home.queue.close(volume)
  }

  #writtenBy(volume: Volume): boolean {
    return [...this.#renditions.values()].some((rendition) => rendition.volume === volume)
  }

  #dropUnneeded(): void {
    const needed = [...this.#renditions.values()].map(({ oldestVolume }) => oldestVolume ?? Number.POSITIVE_INFINITY)
    const oldest = Math.min(...needed)
    if (!Number.isFinite(oldest)) return
    const count = this.#volumes.findIndex(({ name }) => name.number >= oldest) - SPARE_VOLUMES
    if (count > 0) this.#drop(count)
  }

  #drop(count: number): void {
    const gone = this.#volumes.splice(0, count)
    const last = gone.at(-1)
    if (last === undefined) return
    for (const rendition of this.#renditions.values()) rendition.forget(last.name.number)
    for (const volume of gone) this.#home.queue.drop(volume)
    this.#home.removeVolumes(gone)
  }
}

type FoundSegments = FoundBroadcast['renditions'][number]['segments']
type FoundInits = FoundBroadcast['renditions'][number]['inits']
