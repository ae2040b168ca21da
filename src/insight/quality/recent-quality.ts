import type { QualityReport, Status } from '../../contract/insight.ts'

const WINDOW_MS = 10 * 60_000
/** More reports than these say nothing new about the last ten minutes. */
const MAX_REPORTS = 5000

type Seen = {
  readonly atMs: number
  readonly startupMs: number | undefined
  readonly latencyMs: number | undefined
  readonly playedMs: number
  readonly stalledMs: number
}

/** The newest reports of players, for a look at how it is right now. Nothing in it leads back to a person. */
export class RecentQuality {
  readonly #reports: Seen[] = []

  report({ startupMs, latencyMs, playedMs, stalledMs }: QualityReport, nowMs: number): void {
    this.#reports.push({ atMs: nowMs, startupMs, latencyMs, playedMs, stalledMs })
    if (this.#reports.length > MAX_REPORTS) this.#reports.splice(0, MAX_REPORTS / 10)
  }

  describe(nowMs: number): Status['quality'] {
    const recent = this.#reports.filter(({ atMs }) => nowMs - atMs < WINDOW_MS)
    const startups = recent.flatMap(({ startupMs }) => startupMs ?? [])
    const latencies = recent.flatMap(({ latencyMs }) => latencyMs ?? [])
    let played = 0
    let stalled = 0
    for (const each of recent) {
      played += each.playedMs
      stalled += each.stalledMs
    }
    return {
      startupMs: percentile(startups, 0.75),
      latencyMs: percentile(latencies, 0.5),
      slowLatencyMs: percentile(latencies, 0.95),
      stalledRatio: played + stalled === 0 ? null : stalled / (played + stalled),
    }
  }
}

/** The nearest rank. */
function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}
