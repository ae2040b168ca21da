/**
 * What is made of a broadcast beside its source. `off`: nothing is asked for, or nothing can be made of such a source.
 * `waiting`: for room, or for what comes first. `limited`: less than the ladder, because the box can't do more. `failed`: there
 * is no FFmpeg, or its children end again and again; it is tried again.
 */
export type LadderState = 'off' | 'waiting' | 'running' | 'limited' | 'failed'

export type RungStatus = {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly framesPerSecond: number
  readonly videoKbps: number
  readonly running: boolean
}

export type LadderStatus = {
  readonly state: LadderState
  /** As in `config/ladders`; undefined: not chosen yet. */
  readonly ladder: string | undefined
  /** As FFmpeg names it. */
  readonly encoder: string | undefined
  /** Of the whole ladder, best first. */
  readonly rungs: readonly RungStatus[]
  /** Among those that wait for room, 1 is next; undefined: it doesn't. */
  readonly position: number | undefined
  /** How far the slowest rung is behind the source. */
  readonly lagMs: number | undefined
  /** Children that were replaced because they died or hung. */
  readonly restarts: number
  /** Changes of how much of the ladder runs. */
  readonly steps: number
  /** Of all children of this broadcast. */
  readonly cpuSeconds: number
  readonly framesIn: number
  readonly framesOut: number
  /** Frames that no child was given, because it was too far behind. */
  readonly skipped: number
}

export const NO_LADDER: LadderStatus = {
  ...{ state: 'off', ladder: undefined, encoder: undefined, rungs: [], position: undefined, lagMs: undefined },
  ...{ restarts: 0, steps: 0, cpuSeconds: 0, framesIn: 0, framesOut: 0, skipped: 0 },
}
