/** A player's connection, as what is written to. Nothing here may throw or wait. */
export type Outlet = {
  /** Bytes that many connections are sent. */
  write(chunks: readonly Uint8Array[]): void
  /** Bytes written that the peer has not taken yet. */
  readonly waiting: number
  /** The broadcast is over (`ended`), or the server stops and it may go on after that (`stopped`). */
  end(how: 'ended' | 'stopped'): void
  /** The player is cut off. */
  cut(reason: string): void
}

/** Messages that were written at once: in one layout, the same bytes for everybody. */
export type Batch = {
  /** Counts the batches of a feed. */
  readonly number: number
  /** A player can begin here. */
  readonly isStart: boolean
  readonly bytes: Uint8Array
}

/** Batches for all players of a feed, in order. */
export type Due = {
  readonly batches: readonly Batch[]
  /** All of them, as most players get them. */
  readonly chunks: readonly Uint8Array[]
  /** Counts the changes of configuration, up to the last batch. */
  readonly version: number
  /**
   * What comes before the batch that a player begins with.
   * @param isFirst it has had nothing yet; else only what may have changed meanwhile is told
   */
  readonly configuration: (isFirst: boolean) => Uint8Array
  /** Milliseconds, monotonic. */
  readonly nowMs: number
}

export type ViewerRules = {
  /** What may wait for a player before it is behind. */
  readonly bufferedBytes: number
  /** How long a player may be behind. */
  readonly stalledMs: number
  readonly counts: ViewerCounts
}

/** Sums since the start. */
export class ViewerCounts {
  bytes = 0
  /** Times that a player was behind and skipped to a key frame. */
  skips = 0
  /** Players cut off because they took nothing, or too little for too long. */
  cutOff = 0
}

/** A player that is behind goes on when no more than this share of what it may be behind waits for it. */
const CAUGHT_UP = 1 / 8

/**
 * One player of a feed. It is sent every batch as long as it takes them; one that is behind is sent nothing more until it has
 * caught up and the next key frame comes, so that what waits for it is bounded, and what it is shown is whole.
 *
 * What players are behind is memory that they share. As none may be behind for longer than `stalledMs`, all that they hold
 * together is what the broadcast had in that time and in `bufferedBytes` before it, however many they are.
 */
export class Viewer {
  readonly #outlet: Outlet
  readonly #rules: ViewerRules
  /** Undefined: it waits for a batch to begin with. */
  #nextBatch: number | undefined
  /** Which configuration it was told last; undefined: none yet. */
  #told: number | undefined
  #behindSinceMs: number | undefined
  #isPaused = false
  #isCut = false

  constructor(outlet: Outlet, rules: ViewerRules) {
    this.#outlet = outlet
    this.#rules = rules
  }

  /** It wants nothing for a while; afterwards it goes on with the next key frame. */
  pause(yes: boolean): void {
    this.#isPaused = yes
    this.#nextBatch = undefined
  }

  write(due: Due): void {
    const chunks = this.#chunksOf(due)
    if (chunks.length === 0) return
    for (const { byteLength } of chunks) this.#rules.counts.bytes += byteLength
    this.#outlet.write(chunks)
  }

  end(how: 'ended' | 'stopped'): void {
    this.#outlet.end(how)
  }

  #chunksOf({ batches, chunks, version, configuration, nowMs }: Due): readonly Uint8Array[] {
    if (!this.#keepsUp(nowMs)) return []
    const [first] = batches
    if (first === undefined) return []
    if (first.number !== this.#nextBatch) {
      if (this.#nextBatch === undefined) return this.#begin(batches, version, configuration)
      // It came while these waited, and has some of them already.
      const next = this.#nextBatch
      return this.#follow(
        batches,
        version,
        batches.filter(({ number }) => number >= next).map(({ bytes }) => bytes),
      )
    }
    return this.#follow(batches, version, chunks)
  }

  #follow(batches: readonly Batch[], version: number, chunks: readonly Uint8Array[]): readonly Uint8Array[] {
    // Changes of configuration on the way are among the batches.
    this.#told = version
    this.#nextBatch = (batches.at(-1)?.number ?? 0) + 1
    return chunks
  }

  #begin(batches: readonly Batch[], version: number, configuration: Due['configuration']): readonly Uint8Array[] {
    const start = this.#isPaused ? -1 : batches.findIndex(({ isStart }) => isStart)
    if (start < 0) return []
    const chunks = batches.slice(start).map(({ bytes }) => bytes)
    if (this.#told !== version) chunks.unshift(configuration(this.#told === undefined))
    return this.#follow(batches, version, chunks)
  }

  /** @returns false while it is behind */
  #keepsUp(nowMs: number): boolean {
    const { bufferedBytes, stalledMs, counts } = this.#rules
    const { waiting } = this.#outlet
    if (this.#behindSinceMs === undefined) {
      if (waiting <= bufferedBytes) return true
      this.#behindSinceMs = nowMs
      this.#nextBatch = undefined
      counts.skips++
    } else if (waiting <= bufferedBytes * CAUGHT_UP && !this.#isCut) {
      this.#behindSinceMs = undefined
      return true
    } else if (nowMs - this.#behindSinceMs > stalledMs && !this.#isCut) {
      // Its connection takes a moment to end.
      this.#isCut = true
      counts.cutOff++
      this.#outlet.cut(`it was behind for ${stalledMs / 1000} s`)
    }
    return false
  }
}
