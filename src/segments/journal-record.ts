import type { Codec } from '../media/packet.ts'
import { isObject } from './is-object.ts'

/** The version of the format; a volume of another one is set aside, not guessed at (docs/decisions/0017-segment-store.md). */
export const FORMAT = 1

/** Where a segment begins; the packager's `Cut`, as far as it must survive. */
export type StoredCut = {
  readonly msn: number
  /** Presentation time in ticks of 1/90000 s. */
  readonly time: number
  readonly discontinuity: boolean
  readonly discontinuitySequence: number
  /** Milliseconds since 1970. */
  readonly programDateTime: number
  /** Ideal distance of part boundaries in ticks; undefined: not known yet. */
  readonly partTicks: number | undefined
}

/** The first record of a volume: whose it is. */
export type VolumeRecord = {
  readonly type: 'volume'
  readonly format: number
  readonly channel: string
  readonly slug: string
  readonly broadcast: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Grows from volume to volume of a broadcast. */
  readonly number: number
}

/** An initialization section. Every volume has those its segments need. */
export type InitRecord = {
  readonly type: 'init'
  readonly rendition: string
  readonly index: number
  readonly codec: Codec['kind']
  /** The codec's configuration record, base64. */
  readonly config: string
  readonly timescale: number
  /** The section's bytes as they were served, base64. */
  readonly bytes: string
}

/** A segment begins. Its parts follow one behind the other in the rendition's media file. */
export type OpenRecord = {
  readonly type: 'open'
  readonly rendition: string
  readonly epoch: string
  readonly init: number
  /** Presentation time of its first sample, in ticks of its track. */
  readonly time: number
  readonly cut: StoredCut
}

export type PartRecord = {
  readonly type: 'part'
  readonly rendition: string
  readonly msn: number
  /** Where its bytes are in the media file. */
  readonly at: number
  readonly length: number
  /** CRC-32 of its bytes. */
  readonly crc: number
  /** Seconds. */
  readonly duration: number
  readonly independent: boolean
  readonly frames: number
}

/** The segment is complete. */
export type CloseRecord = { readonly type: 'close'; readonly rendition: string; readonly msn: number }

/** A segment without media, or one whose media was not kept. */
export type GapRecord = {
  readonly type: 'gap'
  readonly rendition: string
  readonly epoch: string
  readonly init: number
  /** Seconds. */
  readonly duration: number
  readonly cut: StoredCut
}

/** What others want to find again after a restart: the newest of a name counts. */
export type NoteRecord = { readonly type: 'note'; readonly name: string; readonly value: unknown }

/** All before this record is on the disk, media included. */
export type SyncRecord = { readonly type: 'sync' }

/** The broadcast is over, or the server stopped in good order: nothing was shown that is not here. */
export type EndRecord = { readonly type: 'end'; readonly how: 'ended' | 'stopped'; readonly at: number }

export type JournalRecord =
  | VolumeRecord
  | InitRecord
  | OpenRecord
  | PartRecord
  | CloseRecord
  | GapRecord
  | NoteRecord
  | SyncRecord
  | EndRecord

/** Names of renditions, channels and broadcasts: they become names of files. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const EPOCH = /^[0-9a-f]{24,64}$/
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** A record as read; undefined when it is none that this version writes. */
export function asRecord(value: unknown): JournalRecord | undefined {
  if (!isObject(value)) return undefined
  const type = String(value.type)
  const shape = Object.hasOwn(SHAPES, type) ? SHAPES[type] : undefined
  if (shape === undefined) return undefined
  for (const [name, fits] of Object.entries(shape)) if (!fits(value[name])) return undefined
  return value as JournalRecord
}

type Check = (value: unknown) => boolean

const flag: Check = (value) => typeof value === 'boolean'
const whole: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const finite: Check = (value) => typeof value === 'number' && Number.isFinite(value)
const seconds: Check = (value) => finite(value) && (value as number) >= 0
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string)
const cut: Check = (value) =>
  isObject(value) &&
  whole(value.msn) &&
  finite(value.time) &&
  flag(value.discontinuity) &&
  whole(value.discontinuitySequence) &&
  finite(value.programDateTime) &&
  (value.partTicks === undefined || finite(value.partTicks))
const name = matches(NAME)

const SHAPES: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  volume: { format: whole, channel: name, slug: name, broadcast: name, startedAt: finite, number: whole },
  init: {
    ...{ rendition: name, index: whole, codec: oneOf('h264', 'aac', 'opus'), timescale: (v) => whole(v) && v !== 0 },
    ...{ config: matches(BASE64), bytes: matches(BASE64) },
  },
  open: { rendition: name, epoch: matches(EPOCH), init: whole, time: finite, cut },
  part: {
    ...{ rendition: name, msn: whole, at: whole, length: (v: unknown) => whole(v) && v !== 0, crc: whole },
    ...{ duration: seconds, independent: flag, frames: whole },
  },
  close: { rendition: name, msn: whole },
  gap: { rendition: name, epoch: matches(EPOCH), init: whole, duration: seconds, cut },
  note: { name, value: (v) => v !== undefined },
  sync: {},
  end: { how: oneOf('ended', 'stopped'), at: finite },
}
