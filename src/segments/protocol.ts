import type { JournalRecord } from './journal-record.ts'
import type { VolumeName } from './layout.ts'
import type { FoundBroadcast } from './stored-segment.ts'

export type WorkerSettings = {
  /** `storage.dataDir`. */
  readonly dataDir: string
  /** How often what was written is brought to the disk, milliseconds. */
  readonly syncMs: number
  /** The thread before this one failed: what is on the disk is known. */
  readonly again: boolean
}

/** What is to be written into one volume, in order: first the media, then the journal that tells of it. */
export type VolumeWrite = {
  readonly volume: VolumeName
  readonly media: readonly { readonly rendition: string; readonly at: number; readonly bytes: Uint8Array }[]
  /** Parts come without their checksum: the worker adds it. */
  readonly records: readonly JournalRecord[]
  /** Nothing more comes for this volume. */
  readonly last: boolean
}

/** The same on its way between threads: `media` tells where in the memory that carries them the parts lie. */
export type CarriedWrite = Omit<VolumeWrite, 'media'> & {
  readonly media: readonly {
    readonly rendition: string
    readonly at: number
    readonly from: number
    readonly length: number
  }[]
}

export type ToWorker =
  /** `memory` is the worker's until it has answered. */
  | {
      readonly type: 'write'
      readonly id: number
      readonly memory: SharedArrayBuffer
      readonly writes: readonly CarriedWrite[]
    }
  | { readonly type: 'remove'; readonly volumes: readonly VolumeName[] }
  | { readonly type: 'removeBroadcast'; readonly channel: string; readonly broadcast: string }
  | { readonly type: 'removeChannel'; readonly channel: string }
  /** Writes all there is, answers `closed` and ends. */
  | { readonly type: 'close' }

export type WriteFailure = { readonly volume: VolumeName; readonly code: string; readonly message: string }

export type FromWorker =
  /** The first message: what was on the disk. */
  | {
      readonly type: 'found'
      readonly broadcasts: readonly FoundBroadcast[]
      readonly setAside: readonly { readonly from: string; readonly to: string; readonly why: string }[]
      readonly freeBytes: number | undefined
    }
  | { readonly type: 'failed'; readonly message: string }
  | {
      readonly type: 'written'
      readonly id: number
      readonly failures: readonly WriteFailure[]
      /** CRC-32 of each part, in the order they were sent, writes one behind the other. */
      readonly crcs: readonly number[]
      readonly seconds: number
    }
  /** Once a sync. */
  | {
      readonly type: 'synced'
      readonly freeBytes: number | undefined
      readonly seconds: number
      readonly failed: string | undefined
    }
  | { readonly type: 'removeFailed'; readonly message: string }
  | { readonly type: 'closed' }
