import { reportOf } from './quality-report.ts'
import type { PlayerStats } from './stats.ts'

const everyMs = 30_000

/** Tells the server how well this player runs: twice a minute while it plays, and when the page goes. */
export class QualityReporter {
  readonly #url: string
  readonly #stats: PlayerStats
  readonly #timer: ReturnType<typeof setInterval>
  readonly #abort = new AbortController()
  #told: PlayerStats | null = null

  constructor(slug: string, stats: PlayerStats) {
    this.#url = `/api/v1/channels/${encodeURIComponent(slug)}/quality`
    this.#stats = stats
    this.#timer = setInterval(() => this.#tell(), everyMs)
    const { signal } = this.#abort
    addEventListener('pagehide', () => this.#tell(), { signal })
    // On phones this may be the last that the page is ever told.
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && this.#tell(), {
      signal,
    })
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#abort.abort()
    this.#tell()
  }

  #tell(): void {
    const report = reportOf(this.#stats, this.#told)
    if (report === null) return
    this.#told = { ...this.#stats }
    // A beacon waits for no answer and outlives the page. Most blockers of adverts stop it; then there is no report.
    navigator.sendBeacon?.(this.#url, new Blob([JSON.stringify(report)], { type: 'application/json' }))
  }
}
