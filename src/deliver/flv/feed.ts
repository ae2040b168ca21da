import type { FlvMessage } from '../../formats/flv/flv-message.ts'
import { type Layout, serialise } from './layouts.ts'
import { type Batch, type Due, type Outlet, Viewer, type ViewerRules } from './viewer.ts'

/** Players written to before others get their turn: a full house must not hold up the next picture. */
const WRITTEN_AT_ONCE = 512

export type FeedOptions = {
  readonly layout: Layout
  readonly rules: ViewerRules
  /** What a player must know before the first frame that it gets. @param isFirst all of it, the file's head too */
  readonly configuration: (isFirst: boolean) => {
    readonly prefix: Uint8Array
    readonly messages: readonly FlvMessage[]
  }
}

/** A broadcast in one layout and those who play it: each message becomes bytes once, and goes to all with what came beside it. */
export class Feed {
  readonly #options: FeedOptions
  readonly #viewers = new Set<Viewer>()
  /** Not in a batch yet. */
  #pending: FlvMessage[] = []
  #pendingStarts = false
  /** In order, for everybody, not sent yet. */
  #due: Batch[] = []
  /** From the last start on, sent or not: what a player who joins begins with. Empty: it must wait for the next start. */
  #group: Batch[] = []
  #nextBatch = 0
  /** Counts changes of configuration. */
  #version = 0
  #isWriting = false
  #isWaiting = false
  #end: 'ended' | 'stopped' | undefined

  constructor(options: FeedOptions) {
    this.#options = options
  }

  get layout(): Layout {
    return this.#options.layout
  }
  get viewers(): number {
    return this.#viewers.size
  }

  /** @param isStart a player can begin with it */
  add(message: FlvMessage, isStart: boolean): void {
    if (isStart) {
      this.#cut()
      this.#group = []
      this.#pendingStarts = true
    }
    this.#pending.push(message)
  }

  /** A change of configuration: players that go on get it in its place. Those who join can't begin before it. */
  change(message: FlvMessage): void {
    this.#version++
    this.add(message, false)
  }

  /** Nobody can begin before the next start. */
  forgetGroup(): void {
    this.#cut()
    this.#group = []
  }

  /** Another player: it gets what there is since the last start at once, then all that comes. */
  join(outlet: Outlet): Viewer {
    const viewer = new Viewer(outlet, this.#options.rules)
    this.#cut()
    viewer.write(this.#dueOf(this.#group))
    this.#viewers.add(viewer)
    return viewer
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
  }

  /** Sends what has gathered. While that takes its turns, more gathers. */
  flush(): void {
    if (this.#isWriting) {
      this.#isWaiting = true
      return
    }
    this.#cut()
    if (this.#due.length === 0 && this.#end === undefined) return
    const due = this.#dueOf(this.#due)
    this.#due = []
    this.#isWriting = true
    this.#writeTo([...this.#viewers], due, 0)
  }

  /** What has gathered is the last. */
  end(how: 'ended' | 'stopped'): void {
    this.#end = how
    this.flush()
  }

  #writeTo(viewers: readonly Viewer[], due: Due, from: number): void {
    const until = Math.min(from + WRITTEN_AT_ONCE, viewers.length)
    for (let i = from; i < until; i++) {
      const viewer = viewers[i]
      if (viewer !== undefined && this.#viewers.has(viewer)) viewer.write(due)
    }
    if (until < viewers.length) setImmediate(() => this.#writeTo(viewers, due, until))
    else this.#written()
  }

  #written(): void {
    this.#isWriting = false
    if (this.#isWaiting) {
      this.#isWaiting = false
      this.flush()
    } else if (this.#end !== undefined) {
      for (const viewer of [...this.#viewers]) viewer.end(this.#end)
    }
  }

  #cut(): void {
    if (this.#pending.length === 0) return
    const bytes = serialise(this.#options.layout, this.#pending)
    const batch: Batch = { number: this.#nextBatch++, isStart: this.#pendingStarts, bytes }
    this.#pending = []
    this.#pendingStarts = false
    this.#due.push(batch)
    if (batch.isStart || this.#group.length > 0) this.#group.push(batch)
  }

  #dueOf(batches: readonly Batch[]): Due {
    const made = new Map<boolean, Uint8Array>()
    const configuration = (isFirst: boolean): Uint8Array => {
      const known = made.get(isFirst)
      if (known !== undefined) return known
      const { prefix, messages } = this.#options.configuration(isFirst)
      const bytes = serialise(this.#options.layout, messages, prefix)
      made.set(isFirst, bytes)
      return bytes
    }
    const chunks = batches.map(({ bytes }) => bytes)
    return { batches, chunks, version: this.#version, configuration, nowMs: performance.now() }
  }
}
