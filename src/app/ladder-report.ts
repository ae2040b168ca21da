import type { LadderReport } from '../contract/insight.ts'
import type { MissingPart } from '../transcode/missing-ffmpeg.ts'
import type { LadderStatus } from '../transcode/status.ts'

/** What streamers and admins are told of a broadcast's ladder. */
export function ladderReport(status: LadderStatus, missing?: MissingPart): LadderReport {
  const { state, ladder, encoder, rungs, position, lagMs, restarts, steps } = status
  return {
    ...{ state, restarts, steps },
    missing: missing ?? null,
    ladder: ladder ?? null,
    encoder: encoder ?? null,
    position: position ?? null,
    lagMs: lagMs === undefined ? null : Math.round(lagMs),
    rungs: rungs.map(({ videoKbps, framesPerSecond, rest, ...rung }) => ({
      ...rung,
      // It never ran, so that nothing of it gives way.
      rest: state === 'waiting' && rest === 'limited' ? 'waiting' : (rest ?? null),
      framesPerSecond: Math.round(framesPerSecond * 100) / 100,
      bitrate: videoKbps * 1000,
    })),
  }
}
