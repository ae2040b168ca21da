import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { LiveWindow } from '../../packager/live-window.ts'

/** What a held request waits for, and what becomes of it. */
export type Hold = {
  readonly socket: Socket
  readonly res: ServerResponse
  readonly window: LiveWindow
  readonly msn: number
  readonly part: number | undefined
  /** Milliseconds it may wait. */
  readonly longestMs: number
  readonly onReached: () => void
  readonly onTooLate: () => void
}

/** How often waiting requests are looked through for those that waited too long. */
const SWEEP_MS = 500

/** Requests that wait for media to come: counted, bounded in number and time, forgotten when their client leaves. */
export class HeldRequests {
  readonly #most: number
  /** Connections with a request that waits. HTTP/1.1 clients that mean well have one at a time on each. */
  readonly #sockets = new WeakSet<Socket>()
  readonly #held = new Map<object, { readonly deadline: number; readonly giveUp: () => void }>()
  #sweeper: NodeJS.Timeout | undefined
  /** In all, since the start. */
  released = 0
  tooLate = 0
  refused = 0

  constructor(most: number) {
    this.#most = most
  }

  get count(): number {
    return this.#held.size
  }

  /** @returns false when there are too many already, in all or on this connection */
  hold({ socket, res, window, msn, part, longestMs, onReached, onTooLate }: Hold): boolean {
    if (this.#held.size >= this.#most || this.#sockets.has(socket)) {
      this.refused++
      return false
    }
    this.#sockets.add(socket)
    const key = {}
    const done = (): boolean => {
      cancel()
      res.off('close', done)
      this.#sockets.delete(socket)
      return this.#held.delete(key)
    }
    const cancel = window.wait({
      msn,
      part,
      wake: () => {
        if (!done() || res.destroyed) return
        this.released++
        onReached()
      },
    })
    res.once('close', done)
    const giveUp = (): void => {
      if (!done()) return
      this.tooLate++
      onTooLate()
    }
    this.#held.set(key, { deadline: performance.now() + longestMs, giveUp })
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
    return true
  }

  /** Answers all that wait: the server stops. */
  stop(): void {
    clearInterval(this.#sweeper)
    for (const { giveUp } of [...this.#held.values()]) giveUp()
  }

  #sweep(): void {
    const now = performance.now()
    for (const { deadline, giveUp } of this.#held.values()) if (deadline <= now) giveUp()
    if (this.#held.size === 0) {
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
    }
  }
}
