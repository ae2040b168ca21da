import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Broadcast } from '../live/broadcast.ts'
import type { BroadcastProgress } from '../live/ports.ts'
import type { BroadcastKeeper } from './keeper.ts'
import { type PackagingOptions, Presentation } from './presentation.ts'
import type { Resumed } from './resume.ts'

export type PackagerOptions = {
  /** May change: a broadcast keeps what it began with. `endedSeconds`: how long an ended one can still be played. */
  readonly packaging: PackagingOptions & { readonly endedSeconds: number }
  /** Where a broadcast's media stays beyond memory. */
  readonly keep?: (broadcast: Broadcast) => BroadcastKeeper
  readonly reserve: (broadcast: Broadcast, progress: BroadcastProgress) => Promise<number>
  readonly log: Log
}

/** What a process before this one kept, and where it goes on. */
export type Kept = { readonly keeper: BroadcastKeeper; readonly resumed: Resumed }

/** The presentations that can be played now, one per channel: of a broadcast that goes on, or of one that ended a moment ago. */
export class Packager {
  readonly #options: PackagerOptions
  readonly #presentations = new Map<string, Presentation>()
  readonly #expiry = new Map<string, NodeJS.Timeout>()
  readonly #observers = new Set<(slug: string) => void>()

  constructor(options: PackagerOptions) {
    this.#options = options
  }

  /**
   * The reader that packages a broadcast. It replaces what is left of the channel's last one.
   * @param kept where a process before this one came to
   */
  open(broadcast: Broadcast, kept?: Kept): Presentation {
    return this.#open(broadcast, kept)
  }

  /** Shows a broadcast that ended under a process before this one, for as long as it would have. */
  showEnded(broadcast: Broadcast, kept: Kept, endedAtMs: number): void {
    this.#open(broadcast, kept).endedBefore(endedAtMs)
  }

  #open(broadcast: Broadcast, kept?: Kept): Presentation {
    const { slug } = broadcast
    const { keep, packaging } = this.#options
    this.#forget(slug)
    const reserve = (progress: BroadcastProgress): Promise<number> => this.#options.reserve(broadcast, progress)
    const keeper = kept?.keeper ?? keep?.(broadcast)
    const changed = (): void => this.#changed(slug, presentation)
    const presentation: Presentation = new Presentation(broadcast, { ...packaging }, reserve, changed, {
      keeper,
      resumed: kept?.resumed,
    })
    this.#presentations.set(slug, presentation)
    return presentation
  }

  /** Where a broadcast stands in its channel's sequences. */
  progress(broadcast: Broadcast): BroadcastProgress {
    const presentation = this.#presentations.get(broadcast.slug)
    if (presentation?.broadcastId === broadcast.id) return presentation.progress
    const { mediaSequence, discontinuitySequence, longestGopMs } = broadcast.start
    return { nextMediaSequence: mediaSequence, discontinuitySequence, longestGopMs }
  }

  get(slug: string): Presentation | undefined {
    return this.#presentations.get(slug)
  }

  all(): readonly Presentation[] {
    return [...this.#presentations.values()]
  }

  observe(observer: (slug: string) => void): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  /** The channel was removed: nothing of it is shown any more. */
  forget(slug: string): void {
    this.#forget(slug)
  }

  /** Lets go of all: the server stops. What is kept stays, for the next start. */
  close(): void {
    for (const slug of [...this.#presentations.keys()]) this.#letGo(slug)
  }

  #changed(slug: string, presentation: Presentation): void {
    if (presentation.ended && this.#presentations.get(slug) === presentation) {
      clearTimeout(this.#expiry.get(slug))
      const expire = (): void => {
        this.#forget(slug)
        this.#tell(slug)
      }
      const waitMs = (presentation.endedAtMs ?? 0) + this.#options.packaging.endedSeconds * 1000 - Date.now()
      this.#expiry.set(slug, setTimeout(expire, Math.max(0, waitMs)).unref())
    }
    this.#tell(slug)
  }

  #forget(slug: string): void {
    this.#presentations.get(slug)?.keeper?.remove()
    this.#letGo(slug)
  }

  #letGo(slug: string): void {
    clearTimeout(this.#expiry.get(slug))
    this.#expiry.delete(slug)
    for (const rendition of this.#presentations.get(slug)?.allRenditions ?? []) rendition.window.release()
    this.#presentations.delete(slug)
  }

  #tell(slug: string): void {
    for (const observer of this.#observers) {
      try {
        observer(slug)
      } catch (error) {
        this.#options.log.error({ channel: slug, error: messageOf(error) }, 'an observer of the packager failed')
      }
    }
  }
}
