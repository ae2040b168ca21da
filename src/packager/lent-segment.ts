import type { Cut } from './cut-list.ts'
import type { Part, Segment } from './segment.ts'

/** A segment of another rendition, shown among one's own while it grows and after: the same parts, which are held there. */
export class LentSegment implements Segment {
  readonly of: Segment
  readonly initIndex: number
  readonly lent = true
  /** Held by the other. */
  readonly held = 0
  /** What follows it is shown here. */
  #listed = false
  /** Its number was told to the keeper. */
  kept = false

  /** @param initIndex the initialization section of the rendition that shows it */
  constructor(of: Segment, initIndex: number) {
    this.of = of
    this.initIndex = initIndex
  }

  get msn(): number {
    return this.of.msn
  }
  get cut(): Cut {
    return this.of.cut
  }
  get epoch(): string {
    return this.of.epoch
  }
  get time(): number {
    return this.of.time
  }
  get parts(): Part[] {
    return this.of.parts
  }
  get duration(): number {
    return this.of.duration
  }
  get bytes(): number {
    return this.of.bytes
  }
  get gap(): boolean {
    return this.of.gap
  }
  get closed(): boolean {
    return this.of.closed
  }
  get listed(): boolean {
    return this.#listed || this.of.listed
  }
  set listed(listed: boolean) {
    this.#listed = listed
  }
}
