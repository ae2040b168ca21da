import type { Reply } from './exchange.ts'

const SWEEP_MS = 5000

/** Answers that the client hasn't taken yet. Each pins bytes of the live window, so none may stay for ever. */
export class StalledWrites {
  readonly #limits: { readonly stalledSeconds: number }
  readonly #since = new Map<Reply, number>()
  #sweeper: NodeJS.Timeout | undefined
  /** Clients cut off since the start. */
  destroyed = 0

  /** @param limits a client that hasn't taken its answer after so long is gone, or means harm */
  constructor(limits: { readonly stalledSeconds: number }) {
    this.#limits = limits
  }

  /** Call after `res.end()`. Answers that already left cost nothing. */
  watch(res: Reply): void {
    // Nothing left of it here: the kernel took it whole.
    if (res.writableLength === 0 || res.writableFinished || res.destroyed) return
    this.#since.set(res, performance.now())
    res.once('close', () => this.#since.delete(res))
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
  }

  get count(): number {
    return this.#since.size
  }

  stop(): void {
    clearInterval(this.#sweeper)
  }

  #sweep(): void {
    const before = performance.now() - this.#limits.stalledSeconds * 1000
    for (const [res, since] of this.#since) {
      if (since > before) break
      this.#since.delete(res)
      // Of one that asked for several things before it stopped reading, all go with the first.
      if (res.writableFinished || res.req.socket.destroyed) continue
      this.destroyed++
      res.destroy()
    }
    if (this.#since.size === 0) {
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
    }
  }
}
