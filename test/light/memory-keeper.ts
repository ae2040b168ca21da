import type { Track } from '../../src/media/packet.ts'
import type { BroadcastKeeper, KeptBroadcast, RenditionKeeper, SegmentFacts } from '../../src/packager/keeper.ts'

type Kept = {
  readonly tracks: { track: Track; init: Buffer }[]
  readonly segments: SegmentFacts[]
  readonly bytes: Map<number, Buffer[]>
}

/** Keeps a broadcast in memory, and finds it again as a process after this one would. */
export class MemoryKeeper implements BroadcastKeeper {
  readonly #notes = new Map<string, unknown>()
  readonly #all = new Map<string, Kept>()

  /** What is left of it. */
  get found(): KeptBroadcast['renditions'] {
    return [...this.#all].map(([name, { tracks, segments }]) => ({ name, tracks, segments }))
  }

  bytesOf(name: string, msn: number): Buffer {
    return Buffer.concat(this.#all.get(name)?.bytes.get(msn) ?? [])
  }

  rendition(name: string): RenditionKeeper {
    const kept: Kept = this.#all.get(name) ?? { tracks: [], segments: [], bytes: new Map() }
    this.#all.set(name, kept)
    const { tracks, segments, bytes } = kept
    const find = (msn: number): SegmentFacts | undefined => segments.find((segment) => segment.msn === msn)
    return {
      init: (index, track, init) => {
        tracks[index] = { track, init: Buffer.from(init) }
      },
      // The window's own object: it grows, and is closed.
      open: (segment) => void segments.push(segment),
      part: (_, part) => {
        const { msn } = segments.at(-1) ?? { msn: -1 }
        bytes.set(msn, [...(bytes.get(msn) ?? []), Buffer.from(part)])
      },
      close: () => {},
      gap: ({ msn, cut, epoch, initIndex, time, duration }) =>
        void segments.push({
          ...{ msn, cut, epoch, initIndex, time, duration, parts: [], bytes: 0, gap: true, closed: true },
        }),
      get past() {
        return segments.filter(({ closed }) => closed)
      },
      version: 0,
      find,
      read: async ({ msn }) => this.bytesOf(name, msn),
      readPart: async ({ msn }, part) => bytes.get(msn)?.[part] ?? Buffer.alloc(0),
    }
  }
  note(name: string, value: unknown): void {
    this.#notes.set(name, JSON.parse(JSON.stringify(value)))
  }
  noted(name: string): unknown {
    return this.#notes.get(name)
  }
  end(): void {}
  remove(): void {}
}
