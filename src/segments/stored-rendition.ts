import { NotFoundError, UnavailableError } from '../base/errors.ts'
import type { Track } from '../media/packet.ts'
import { configurationOf } from '../media/sound.ts'
import type { InitRecord, StoredCut } from './journal-record.ts'
import type { SegmentReader } from './segment-reader.ts'
import type { StoredInit, StoredPart, StoredSegment } from './stored-segment.ts'
import type { Volume, WriteQueue } from './write-queue.ts'

type Opened = {
  readonly msn: number
  readonly cut: StoredCut
  readonly epoch: string
  readonly initIndex: number
  readonly time: number
}

/** What a rendition asks of its broadcast. */
export type RenditionHome = {
  readonly queue: WriteQueue
  readonly reader: SegmentReader
  readonly keepSeconds: number
  /** The volume for a segment that begins here; undefined: nothing can be written now. */
  volumeAt(time: number): Volume | undefined
  /** A rendition left a volume. */
  left(volume: Volume): void
  /** Segments left the window. */
  trimmed(): void
  /** A segment will be missing. */
  lost(why: 'slow' | 'failed'): void
  /** The media file of a volume. */
  pathOf(volume: number): string
}

/** One rendition's segments in the store: what is where, and the writing of the newest. */
export class StoredRendition {
  readonly name: string
  readonly inits: InitRecord[] = []
  readonly #home: RenditionHome
  readonly #volumesOf = new WeakMap<StoredSegment, Volume>()
  /** Those that have files, and those listed; holes are segments too. */
  #segments: StoredSegment[]
  /** Index of the first that the window lists. */
  #first = 0
  #seconds = 0
  #volume: Volume | undefined
  /** Grows when something left the window or was lost. */
  version = 0

  constructor(
    name: string,
    home: RenditionHome,
    found: readonly StoredSegment[] = [],
    inits: readonly StoredInit[] = [],
  ) {
    this.name = name
    this.#home = home
    this.#segments = [...found]
    for (const { closed, duration } of found) if (closed) this.#seconds += duration
    for (const { index, codec, config, timescale, bytes } of inits)
      this.inits.push(initRecord(name, index, codec, config, timescale, bytes))
  }

  get past(): readonly StoredSegment[] {
    const last = this.#segments.at(-1)
    return this.#segments.slice(this.#first, last?.closed === false ? -1 : undefined)
  }
  /** The volume that it writes to now. */
  get volume(): Volume | undefined {
    return this.#volume
  }
  /** How much the window lists. */
  get seconds(): number {
    return this.#seconds
  }
  /** Number of the oldest volume that the window needs; undefined: it lists nothing. */
  get oldestVolume(): number | undefined {
    return this.#segments[this.#first]?.volume
  }

  find(msn: number): StoredSegment | undefined {
    const first = this.#segments[0]
    return first === undefined ? undefined : this.#segments[msn - first.msn]
  }

  async read(segment: { readonly msn: number }): Promise<Buffer> {
    const stored = this.find(segment.msn)
    if (stored === undefined || stored.gap || !stored.closed) throw new NotFoundError('this segment is not kept')
    if (stored.parts.some(({ crc }) => crc === undefined))
      throw new UnavailableError('this segment is still on its way to the disk')
    try {
      return await this.#home.reader.read(stored, this.#home.pathOf(stored.volume))
    } catch (error) {
      if (error instanceof UnavailableError) throw error
      this.#lost(stored, 'failed')
      throw new NotFoundError('this segment could not be read back', { cause: error })
    }
  }

  async readPart(segment: { readonly msn: number }, part: number): Promise<Buffer> {
    const bytes = await this.read(segment)
    const parts = this.find(segment.msn)?.parts ?? []
    let at = 0
    for (const { length } of parts.slice(0, part)) at += length
    return bytes.subarray(at, at + (parts[part]?.length ?? 0))
  }

  init(index: number, { codec, timescale }: Track, bytes: Uint8Array): void {
    const record = initRecord(this.name, index, codec.kind, configurationOf(codec), timescale, bytes)
    this.inits.push(record)
    if (this.#volume !== undefined) this.#home.queue.record(this.#volume, record)
  }

  open({ msn, cut, epoch, initIndex, time }: Opened): void {
    this.#moveTo(this.#home.volumeAt(cut.time))
    const volume = this.#volume
    const segment: StoredSegment = {
      ...{ msn, cut: copyOf(cut), epoch, initIndex, time, parts: [], duration: 0, bytes: 0, closed: false },
      gap: volume === undefined,
      volume: volume?.name.number ?? 0,
      at: volume?.ends.get(this.name) ?? 0,
    }
    this.#push(segment)
    if (volume === undefined) return
    this.#volumesOf.set(segment, volume)
    const record = { type: 'open', rendition: this.name, epoch, init: initIndex, time, cut: segment.cut } as const
    this.#home.queue.record(volume, record)
  }

  part(
    { duration, independent, frames }: Pick<StoredPart, 'duration' | 'independent' | 'frames'>,
    bytes: Uint8Array,
  ): void {
    const segment = this.#segments.at(-1)
    if (segment === undefined || segment.closed) return
    const { byteLength: length } = bytes
    const part: StoredPart = { length, crc: undefined, duration, independent, frames }
    segment.parts.push(part)
    segment.duration += duration
    segment.bytes += length
    const volume = this.#volumesOf.get(segment)
    const { queue } = this.#home
    if (segment.gap || volume === undefined || volume.broken || !queue.takes(length)) {
      this.#lost(segment, 'slow')
      return
    }
    const at = volume.ends.get(this.name) ?? 0
    volume.ends.set(this.name, at + length)
    volume.bytes += length
    queue.part(
      volume,
      { rendition: this.name, at, bytes, part, lost: () => this.#lost(segment, 'failed') },
      { type: 'part', rendition: this.name, msn: segment.msn, at, length, crc: 0, duration, independent, frames },
    )
  }

  close(): void {
    const segment = this.#segments.at(-1)
    if (segment === undefined || segment.closed) return
    segment.closed = true
    if (segment.parts.length === 0) segment.gap = true
    const volume = this.#volumesOf.get(segment)
    if (volume !== undefined && !volume.broken) {
      if (segment.gap) this.#recordGap(volume, segment)
      else this.#home.queue.record(volume, { type: 'close', rendition: this.name, msn: segment.msn })
      // Players are told of it now: a kill should find it on the disk.
      this.#home.queue.hurry()
    }
    this.#seconds += segment.duration
    this.#trim()
  }

  gap({ msn, cut, epoch, initIndex, time, duration }: Opened & { readonly duration: number }): void {
    this.#moveTo(this.#home.volumeAt(cut.time))
    const last = this.#segments.at(-1)
    if (last?.msn === msn && !last.closed) {
      // A process before this one began it, and was killed.
      last.gap = true
      last.closed = true
      last.duration = duration
      if (this.#volume !== undefined) this.#recordGap(this.#volume, last)
      this.#seconds += duration
      return
    }
    this.close()
    const segment: StoredSegment = {
      ...{ msn, cut: copyOf(cut), epoch, initIndex, time, duration, parts: [], bytes: 0, gap: true, closed: true },
      ...{ volume: this.#volume?.name.number ?? 0, at: 0 },
    }
    this.#push(segment)
    if (this.#volume !== undefined) this.#recordGap(this.#volume, segment)
    this.#seconds += duration
    this.#trim()
  }

  /** Its bytes are not there, or will not be. */
  #lost(segment: StoredSegment, why: 'slow' | 'failed'): void {
    if (segment.gap) return
    segment.gap = true
    this.version++
    this.#home.lost(why)
  }

  /** Nothing more comes for now. */
  rest(): void {
    this.#moveTo(undefined)
  }

  /** The files of a volume and of all before it are gone. */
  forget(volume: number): void {
    let count = 0
    while (count < this.#segments.length && (this.#segments[count]?.volume ?? volume + 1) <= volume) {
      if (count >= this.#first) this.#seconds -= this.#segments[count]?.duration ?? 0
      count++
    }
    if (count === 0) return
    this.#segments.splice(0, count)
    this.#first = Math.max(0, this.#first - count)
    this.version++
  }

  /** Numbers follow each other; after a jump the window begins anew. */
  #push(segment: StoredSegment): void {
    const last = this.#segments.at(-1)
    if (last !== undefined && segment.msn !== last.msn + 1) {
      this.#segments = []
      this.#first = 0
      this.#seconds = 0
      this.version++
    }
    this.#segments.push(segment)
  }

  #moveTo(volume: Volume | undefined): void {
    const before = this.#volume
    if (before === volume) return
    this.#volume = volume
    if (before !== undefined) this.#home.left(before)
  }

  #recordGap(volume: Volume, { epoch, initIndex, duration, cut }: StoredSegment): void {
    this.#home.queue.record(volume, { type: 'gap', rendition: this.name, epoch, init: initIndex, duration, cut })
  }

  #trim(): void {
    let trimmed = false
    for (
      let first = this.#segments[this.#first];
      first !== undefined && this.#seconds - first.duration >= this.#home.keepSeconds;
      first = this.#segments[this.#first]
    ) {
      this.#seconds -= first.duration
      this.#first++
      trimmed = true
    }
    if (!trimmed) return
    this.version++
    this.#home.trimmed()
  }
}

const initRecord = (
  rendition: string,
  index: number,
  codec: InitRecord['codec'],
  config: Uint8Array,
  timescale: number,
  bytes: Uint8Array,
): InitRecord => ({
  ...{ type: 'init', rendition, index, codec, timescale },
  config: Buffer.from(config).toString('base64'),
  bytes: Buffer.from(bytes).toString('base64'),
})

/** A cut's date may still move a little until its first part is there; then it stays. */
const copyOf = ({
  msn,
  time,
  discontinuity,
  discontinuitySequence,
  programDateTime,
  partTicks,
}: StoredCut): StoredCut => ({
  ...{ msn, time, discontinuity, discontinuitySequence, programDateTime, partTicks },
})
