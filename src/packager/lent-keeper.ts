import type { Track } from '../media/packet.ts'
import type { PartFacts, RenditionKeeper, SegmentFacts } from './keeper.ts'

export type LentKeeperOptions = {
  /** The rendition's own. */
  readonly own: RenditionKeeper
  /** Of the rendition that lent; undefined: nothing is kept of it. */
  readonly lender: () => RenditionKeeper | undefined
  /** Whether an initialization section is the lender's. */
  readonly isLent: (initIndex: number) => boolean
}

/**
 * Keeps a rendition that showed another one's segments for a while. Those are kept once, with the other: here their numbers
 * are, as gaps with the initialization section that was lent, and whoever asks for one is given the other's.
 */
export class LentKeeper implements RenditionKeeper {
  readonly #options: LentKeeperOptions
  /** What is told of a lender's segment; always the same of the same. */
  readonly #told = new WeakMap<SegmentFacts, SegmentFacts>()

  constructor(options: LentKeeperOptions) {
    this.#options = options
  }

  get past(): readonly SegmentFacts[] {
    return this.#options.own.past.map((segment) => this.#resolve(segment))
  }
  get version(): number {
    return this.#options.own.version + (this.#options.lender()?.version ?? 0)
  }

  find(msn: number): SegmentFacts | undefined {
    const segment = this.#options.own.find(msn)
    return segment === undefined ? undefined : this.#resolve(segment)
  }

  read(segment: SegmentFacts): Promise<Buffer> {
    return this.#holderOf(segment).read(segment)
  }

  readPart(segment: SegmentFacts, part: number): Promise<Buffer> {
    return this.#holderOf(segment).readPart(segment, part)
  }

  init(index: number, track: Track, bytes: Uint8Array): void {
    this.#options.own.init(index, track, bytes)
  }
  open(segment: SegmentFacts): void {
    this.#options.own.open(segment)
  }
  part(part: PartFacts, bytes: Uint8Array): void {
    this.#options.own.part(part, bytes)
  }
  close(): void {
    this.#options.own.close()
  }
  gap(segment: SegmentFacts): void {
    this.#options.own.gap(segment)
  }

  #holderOf({ msn, initIndex }: SegmentFacts): RenditionKeeper {
    const { own, lender, isLent } = this.#options
    // What stood in by its frames is kept here like its own.
    return isLent(initIndex) && own.find(msn)?.gap === true ? (lender() ?? own) : own
  }

  #resolve(segment: SegmentFacts): SegmentFacts {
    if (!segment.gap || !this.#options.isLent(segment.initIndex)) return segment
    const lent = this.#options.lender()?.find(segment.msn)
    return lent === undefined ? segment : (asLent(lent, segment.initIndex, this.#told) ?? segment)
  }
}

/**
 * A lender's segment as the one that shows it lists it.
 * @param told what was made before
 * @returns undefined: there is no media of it
 */
function asLent(
  lent: SegmentFacts,
  initIndex: number,
  told: WeakMap<SegmentFacts, SegmentFacts>,
): SegmentFacts | undefined {
  // It may have been lost on its way to the disk.
  if (lent.gap || !lent.closed) return undefined
  const known = told.get(lent)
  if (known?.initIndex === initIndex) return known
  const made = { ...lent, initIndex, lent: true as const }
  told.set(lent, made)
  return made
}
