import type { Presentation } from '../../packager/presentation.ts'
import { refuse } from './answer.ts'
import type { Asked, Reply } from './exchange.ts'
import { HeldRequests, type Hold } from './held-requests.ts'
import { StalledWrites } from './stalled-writes.ts'

/** They may change: they are read when they matter. */
export type EdgeLimits = {
  /** Requests that may wait for media at the same time. */
  readonly maxWaiting: number
  /** How long a client may take for an answer. */
  readonly stalledSeconds: number
}

/** What all answers of the edge have in common: how many there were, who waits, who is slow, and how it refuses. */
export class Replies {
  readonly held: HeldRequests
  readonly stalled: StalledWrites
  /** Answers by kind, since the start. */
  readonly counters = {
    playlist: 0,
    manifest: 0,
    media: 0,
    streamed: 0,
    flv: 0,
    still: 0,
    notFound: 0,
    badRequest: 0,
    bytes: 0,
  }

  constructor(limits: EdgeLimits) {
    this.held = new HeldRequests(limits)
    this.stalled = new StalledWrites(limits)
  }

  describe(): Readonly<Record<string, number>> {
    const { count: waiting, released, tooLate, refused } = this.held
    return {
      ...this.counters,
      waiting,
      released,
      tooLate,
      refused,
      writing: this.stalled.count,
      stalled: this.stalled.destroyed,
    }
  }

  stop(): void {
    this.held.stop()
    this.stalled.stop()
  }

  /** Answers when the media is there; with 503 when that takes too long, or too many wait already. */
  wait(
    req: Asked,
    res: Reply,
    presentation: Presentation,
    { window, msn, part, onReached }: Pick<Hold, 'window' | 'msn' | 'part' | 'onReached'>,
  ): void {
    const held = this.held.hold({
      window,
      msn,
      part,
      onReached,
      socket: req.socket,
      mostWaiting: req.mostWaiting,
      res,
      // "If the Server … blocks for more than three Target Durations … SHOULD return 503"
      longestMs: presentation.targetDuration * 3000,
      onTooLate: () => this.unavailable(req, res, 'The media this request waited for has not come.'),
    })
    if (!held) this.unavailable(req, res, 'Too many requests wait for media.')
  }

  unavailable(req: Asked, res: Reply, words: string): void {
    refuse(req, res, 503, words, [['retry-after', '1']])
  }

  notFound(req: Asked, res: Reply, words: string): void {
    this.counters.notFound++
    refuse(req, res, 404, words)
  }

  badRequest(req: Asked, res: Reply, words: string): void {
    this.counters.badRequest++
    refuse(req, res, 400, words)
  }
}
