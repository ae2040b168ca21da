import type { RenditionReport } from '../../light/hls-client.ts'
import type { Batch } from './plan.ts'

/** Which player it was, and how it was watched. */
export type RunIdentity = {
  readonly batch: number
  readonly player: number
  readonly profile: Batch['profile']
  readonly encoder: Batch['encoder']
  readonly load: boolean
  readonly known: boolean
  readonly race: boolean
  readonly seconds: number
}

/** What one player did, apart from which one it was. */
export type Watched = {
  /** `currentTime` stood still for ten seconds while the light reader got its parts in time. */
  readonly frozen: boolean
  /** The page or the browser died, or the batch could not be run. */
  readonly failure: string | null
  /** The longest time that `currentTime` stood still, the time until it first moved not counted. */
  readonly longestStillMs: number
  /** The most holes that were in its buffer at a time: what was lost, or left out by a jump. */
  readonly holes: number
  /** It stood still for ten seconds, but the light reader did not get its parts either. */
  readonly starved: boolean
  readonly stalls: number
  readonly rescues: number
  readonly reloads: number
  readonly droppedFrames: number
  /** From the page's navigation to its first picture. */
  readonly firstFrameMs: number | null
  /** Seconds behind the server's clock, as the page measures it, sampled twice a second. */
  readonly latencyP50: number | null
  readonly latencyP95: number | null
  /** Segments that were raced, and further parts that were handed over just before their successor's playlist. */
  readonly raced: number
  readonly racedParts: number
  /** What the player looked like when it had stood still for ten seconds. */
  readonly scene: string | null
}

/** What became of one player. */
export type RunResult = RunIdentity & Watched

export type BatchResult = {
  readonly batch: number
  readonly startedAt: string
  readonly loadAverage: number
  readonly runs: readonly RunResult[]
  readonly witness: readonly RenditionReport[]
  readonly witnessFaults: readonly string[]
  readonly serverCpuSeconds: number | null
  readonly serverRssMiB: number | null
}

/** The value that this share of the sorted numbers does not exceed. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null
}
