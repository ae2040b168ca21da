import type { QualityReport } from '../../src/contract/insight.ts'
import { playerId } from './player-id.ts'
import type { PlayerStats } from './stats.ts'

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
