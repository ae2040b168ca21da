import type { Track } from '../media/packet.ts'
import type { Cut } from './cut-list.ts'

/** A part without its bytes. */
export type PartFacts = {
  /** Seconds. */
  readonly duration: number
  readonly independent: boolean
  readonly frames: number
}

/** A segment as lists of media need it: whatever window it is in, and whether its bytes are in memory or not. */
export type SegmentFacts = {
  readonly msn: number
  readonly cut: Cut
  /** The server start that made it; its address says so. */
  readonly epoch: string
  readonly initIndex: number
  /** Presentation time of its first sample, in ticks of its track. */
  readonly time: number
  readonly parts: readonly PartFacts[]
  /** Seconds. */
  readonly duration: number
  readonly bytes: number
  /** Has no media, or none that is still there. */
  readonly gap: boolean
  readonly closed: boolean
  /** Another rendition's, shown as it is. */
  readonly lent?: true
}

/** Where a rendition's media stays when it leaves memory. Nothing here waits or throws: the live window comes first. */
export type RenditionKeeper = {
  init(index: number, track: Track, bytes: Uint8Array): void
  open(segment: SegmentFacts): void
  /** A part of the segment that was opened last. */
  part(part: PartFacts, bytes: Uint8Array): void
  close(): void
  gap(segment: SegmentFacts): void
  /** Complete segments that can be rewound to, oldest first, without holes in their numbers; the newest is the live window's. */
  readonly past: readonly SegmentFacts[]
  /** Grows when something left `past`, or turned out not to be there. */
  readonly version: number
  /** A segment that is there, even if it left `past` a moment ago. */
  find(msn: number): SegmentFacts | undefined
  /**
   * All its parts' bytes, one behind the other, shared by all who ask.
   * @throws UnavailableError when too many ask; NotFoundError when it is no longer there
   */
  read(segment: SegmentFacts): Promise<Buffer>
  /** The same of one part. */
  readPart(segment: SegmentFacts, part: number): Promise<Buffer>
}

/** Keeps a broadcast beyond memory and beyond the process: the rewind window, and what a restart goes on from. */
export type BroadcastKeeper = {
  rendition(name: string): RenditionKeeper
  /** Something to find again after a restart, in JSON; the newest of a name counts. */
  note(name: string, value: unknown): void
  noted(name: string): unknown
  /** Nothing more comes. `stopped`: it may go on after a restart. */
  end(how: 'ended' | 'stopped', atMs: number): void
  /** Its media is not needed any more. */
  remove(): void
}

/** What a process before this one kept of a broadcast. */
export type KeptBroadcast = {
  readonly keeper: BroadcastKeeper
  readonly renditions: readonly {
    readonly name: string
    readonly tracks: readonly { readonly track: Track; readonly init: Buffer }[]
    /** Oldest first, without holes in their numbers. The last one may be open: its media ends where the process did. */
    readonly segments: readonly SegmentFacts[]
  }[]
  /** The process before stopped in good order: what it kept is all that anybody saw. */
  readonly complete: boolean
}
