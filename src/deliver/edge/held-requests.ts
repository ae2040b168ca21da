import type { LiveWindow } from '../../packager/live-window.ts'
import type { Reply } from './exchange.ts'

/** A request that isn't answered to its end for a while. */
export type Stay = {
  /** Its connection, and how many may wait on it. */
  readonly socket: object
  readonly mostWaiting?: number | undefined
  readonly res: Reply
  /** Milliseconds it may stay. */
  readonly longestMs: number
  readonly onTooLate: () => void
}

/** What a held request waits for, and what becomes of it. */
export type Hold = Stay & {
  readonly window: LiveWindow
  readonly msn: number
  readonly part: number | undefined
  readonly onReached: () => void
}

/** One that stays. */
type Held = { readonly deadline: number; readonly leave: () => boolean; readonly onTooLate: () => void }

/** How often waiting requests are looked through for those that waited too long. */
const SWEEP_MS = 500

/** Requests that wait for media to come: counted, bounded in number and time, forgotten when their client leaves. */
export class HeldRequests {
  readonly #limits: { readonly maxWaiting: number }
  /** How many wait on each connection. HTTP/1.1 clients that mean well have one at a time. */
  readonly #sockets = new Map<object, number>()
  readonly #held = new Set<Held>()
  #sweeper: NodeJS.Timeout | undefined
  /** In all, since the start. */
  released = 0
  tooLate = 0
  refused = 0

  constructor(limits: { readonly maxWaiting: number }) {
    this.#limits = limits
  }

  get count(): number {
    return this.#held.size
  }

  /** @returns false when there are too many already, in all or on this connection */
  hold(hold: Hold): boolean {
    const { window, msn, part } = hold
    const leave = this.stay(hold, () => cancel())
    if (leave === undefined) return false
    const cancel = window.wait({
      msn,
      part,
      wake: () => {
        if (!leave() || hold.res.destroyed) return
        this.released++
        hold.onReached()
      },
    })
    return true
  }

  /**
   * Counts a request in.
   * @param onLeft called once, however it ends
   * @returns what ends its stay, and says whether it was still there; undefined: there are too many already
   */
  stay({ socket, mostWaiting = 1, res, longestMs, onTooLate }: Stay, onLeft: () => void): (() => boolean) | undefined {
    const here = this.#sockets.get(socket) ?? 0
    if (this.#held.size >= this.#limits.maxWaiting || here >= mostWaiting) {
      this.refused++
      return undefined
    }
    this.#sockets.set(socket, here + 1)
    const leave = (): boolean => {
      if (!this.#held.delete(held)) return false
      res.off('close', leave)
      const left = (this.#sockets.get(socket) ?? 1) - 1
      if (left === 0) this.#sockets.delete(socket)
      else this.#sockets.set(socket, left)
      onLeft()
      return true
    }
    const held: Held = { deadline: performance.now() + longestMs, leave, onTooLate }
    res.once('close', leave)
    this.#held.add(held)
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
    return leave
  }

  /** Answers all that wait: the server stops. */
  stop(): void {
    clearInterval(this.#sweeper)
    for (const held of [...this.#held]) this.#giveUp(held)
  }

  #giveUp({ leave, onTooLate }: Held): void {
    if (!leave()) return
    this.tooLate++
    onTooLate()
  }

  #sweep(): void {
    const now = performance.now()
    for (const held of this.#held) if (held.deadline <= now) this.#giveUp(held)
    if (this.#held.size === 0) {
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
    }
  }
}
