import type { Codec } from '../media/packet.ts'
import type { StoredCut } from './journal-record.ts'

export type StoredPart = {
  readonly length: number
  /** CRC-32 of its bytes; undefined until it was written. */
  crc: number | undefined
  /** Seconds. */
  readonly duration: number
  readonly independent: boolean
  readonly frames: number
}

/** A segment as the store knows it: everything but its bytes, and where those are. */
export type StoredSegment = {
  readonly msn: number
  readonly cut: StoredCut
  /** The part of its address that says which server start made it. */
  readonly epoch: string
  readonly initIndex: number
  /** Presentation time of its first sample, in ticks of its track. */
  readonly time: number
  readonly parts: StoredPart[]
  /** Seconds. */
  duration: number
  bytes: number
  /** Has no media, or none that was kept. */
  gap: boolean
  closed: boolean
  /** Number of the volume that has it. */
  readonly volume: number
  /** Where its first part is in the media file. */
  at: number
}

export type StoredInit = {
  readonly index: number
  readonly codec: Codec['kind']
  readonly config: Uint8Array
  readonly timescale: number
  readonly bytes: Uint8Array
}

/** A file of media and what the journal beside it says, as they lie on the disk. */
export type StoredVolume = {
  readonly number: number
  /** Of all its files. */
  readonly bytes: number
}

/** A broadcast read back. */
export type FoundBroadcast = {
  readonly channel: string
  readonly slug: string
  readonly broadcast: string
  readonly startedAt: number
  readonly volumes: readonly StoredVolume[]
  readonly renditions: readonly {
    readonly name: string
    readonly inits: readonly StoredInit[]
    /** Without holes in their numbers: what is missing is a gap. The last one may be open. */
    readonly segments: readonly StoredSegment[]
  }[]
  readonly notes: Readonly<Record<string, unknown>>
  /** How its last writer ended; undefined: it was killed. */
  readonly end: { readonly how: 'ended' | 'stopped'; readonly at: number } | undefined
  /** When something was last written, milliseconds since 1970. */
  readonly writtenAt: number
  /** Its newest volume could not be read: what numbers were used last is not known. */
  readonly doubtful: boolean
}
