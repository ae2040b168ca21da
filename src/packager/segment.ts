import type { Cut } from './cut-list.ts'

export type Part = {
  /** Empty: not in memory. A process before this one made it, and the keeper has it. */
  readonly bytes: Buffer
  /** Seconds. */
  readonly duration: number
  readonly independent: boolean
  readonly frames: number
}

export type Segment = {
  readonly msn: number
  readonly cut: Cut
  /** The part of its address that says which start of the server made it. */
  readonly epoch: string
  /** Which initialization section applies. */
  readonly initIndex: number
  /** Presentation time of its first sample, in ticks of its track. */
  readonly time: number
  readonly parts: Part[]
  /** Seconds; grows while the segment is open. */
  duration: number
  bytes: number
  /** Bytes that are in memory. */
  held: number
  readonly gap: boolean
  /** Closed, and shown with its EXTINF. */
  listed: boolean
  closed: boolean
  /** Another rendition's, shown as it is. */
  readonly lent?: true
}
