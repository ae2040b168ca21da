import { setTimeout as sleep } from 'node:timers/promises'
import { parseMediaPlaylist } from '../../oracles/strict-playlist.ts'

const AGAIN_MS = 100

/** Follows a playlist by blocking reloads and notes how long no new part is listed. Nothing makes it give up. */
export class PartWatcher implements AsyncDisposable {
  readonly #url: string
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #newest = ''
  #cameMs = performance.now()
  #longestMs = 0
  #waiting: (() => void)[] = []

  constructor(url: string) {
    this.#url = url
    this.#running = this.#run()
  }

  /** From now on. */
  begin(): void {
    this.#longestMs = 0
  }

  /** The longest that nothing came, milliseconds. */
  get longestMs(): number {
    return Math.round(this.#longestMs)
  }

  /** The same, with how long nothing has come until now. */
  get waitedMs(): number {
    this.#note()
    return this.longestMs
  }

  /** Resolves with the next part, or when it is given up. */
  async next(withinMs: number): Promise<void> {
    await Promise.race([
      new Promise<void>((resolve) => this.#waiting.push(resolve)),
      sleep(withinMs, undefined, { ref: false }),
    ])
    this.#note()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    let query = ''
    while (!signal.aborted) {
      try {
        const response = await fetch(`${this.#url}${query}`, { signal })
        if (!response.ok) throw new Error(String(response.status))
        const { open, segments } = parseMediaPlaylist(await response.text())
        query = `?_HLS_msn=${open.msn}&_HLS_part=${open.parts.length}`
        const newest = open.parts.at(-1)?.uri ?? segments.at(-1)?.uri ?? ''
        if (newest !== this.#newest) this.#came(newest)
      } catch {
        query = ''
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
      }
    }
  }

  #came(newest: string): void {
    this.#newest = newest
    this.#note()
    this.#cameMs = performance.now()
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #note(): void {
    this.#longestMs = Math.max(this.#longestMs, performance.now() - this.#cameMs)
  }
}
