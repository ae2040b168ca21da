import type { SegmentFacts } from '../packager/keeper.ts'
import type { LiveWindow } from '../packager/live-window.ts'
import type { Rendition } from '../packager/rendition.ts'

/** What can be rewound to beyond what the live playlist shows, oldest first: up to the segment before its first one. */
export function olderSegments({ window, keeper }: Rendition): readonly SegmentFacts[] {
  const shown = window.shown[0] ?? window.open
  const past = keeper?.past ?? []
  const first = past[0]
  if (shown === undefined || first === undefined) return []
  const count = shown.msn - first.msn
  return count > 0 && past[count - 1]?.msn === shown.msn - 1 ? past.slice(0, count) : []
}

/** Grows with every change of what rewind windows show. */
export const rewindVersion = ({ window, keeper }: Rendition): string => `${window.version}.${keeper?.version ?? 0}`

/** What is shown of a rendition: the live window, or all that can be rewound to. */
export type WindowView = {
  readonly shown: readonly SegmentFacts[]
  readonly open: SegmentFacts | undefined
  readonly edge: LiveWindow['edge']
  readonly playable: boolean
  segment(msn: number): SegmentFacts | undefined
}

/** A rendition with one of its windows. */
export type RenditionView = Pick<Rendition, 'name' | 'track' | 'tracks' | 'promised' | 'hasOwn'> & {
  readonly window: WindowView
  bandwidth(): { readonly peak: number; readonly average: number }
  isLent(initIndex: number): boolean
  isStoodIn(segment: SegmentFacts): boolean
}

/** A rendition as far back as it is kept. */
export class RewindView implements RenditionView {
  readonly #rendition: Rendition
  readonly window: WindowView

  constructor(rendition: Rendition) {
    this.#rendition = rendition
    const { window, keeper } = rendition
    this.window = {
      get shown() {
        return [...olderSegments(rendition), ...window.shown]
      },
      get open() {
        return window.open
      },
      get edge() {
        return window.edge
      },
      get playable() {
        return window.playable
      },
      segment: (msn) => window.segment(msn) ?? keeper?.find(msn),
    }
  }

  get name(): string {
    return this.#rendition.name
  }
  get track(): Rendition['track'] {
    return this.#rendition.track
  }
  get tracks(): Rendition['tracks'] {
    return this.#rendition.tracks
  }
  get promised(): Rendition['promised'] {
    return this.#rendition.promised
  }
  get hasOwn(): boolean {
    return this.#rendition.hasOwn
  }
  isLent(initIndex: number): boolean {
    return this.#rendition.isLent(initIndex)
  }
  isStoodIn(segment: SegmentFacts): boolean {
    return this.#rendition.isStoodIn(segment)
  }
  bandwidth(): ReturnType<Rendition['bandwidth']> {
    return this.#rendition.bandwidth()
  }
}
