import type { QualityReport } from '../../src/contract/insight.ts'
import { playerId } from './player-id.ts'
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

/** What happened since the last report; null: nothing worth a message. */
export function reportOf(now: PlayerStats, told: PlayerStats | null): QualityReport | null {
  const { engine, latency, rendition, throughput, failed, startMs } = now
  if (engine === null && failed === null) return null
  const since = (name: 'playedMs' | 'stalledMs' | 'stalls' | 'droppedFrames' | 'shownFrames' | 'rescues'): number =>
    Math.max(0, Math.round(now[name] - (told?.[name] ?? 0)))
  const playedMs = Math.min(since('playedMs'), 3_600_000)
  const stalledMs = Math.min(since('stalledMs'), 3_600_000)
  const newFailure = failed !== null && failed !== told?.failed
  if (playedMs + stalledMs === 0 && !newFailure) return null
  return {
    player: playerId,
    engine: engine ?? 'hls',
    ...(startMs !== null && (told?.startMs ?? null) === null ? { startupMs: Math.min(startMs, 3_600_000) } : {}),
    playedMs,
    stalls: Math.min(since('stalls'), 10_000),
    stalledMs,
    ...(latency === null ? {} : { latencyMs: Math.min(Math.max(0, Math.round(latency * 1000)), 86_400_000) }),
    droppedFrames: since('droppedFrames'),
    shownFrames: since('shownFrames'),
    ...(throughput === null ? {} : { throughput: Math.min(throughput, 1_000_000_000) }),
    ...(rendition === null ? {} : { rendition: rendition.slice(0, 64) }),
    rescues: Math.min(since('rescues'), 10_000),
    ...(newFailure ? { failed } : {}),
  }
}
