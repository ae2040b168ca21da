/**
 * What is made of a broadcast beside its source. `off`: nothing is asked for, or nothing can be made of such a source.
 * `waiting`: for room, or for what comes first. `asleep`: until somebody watches one of its rungs. `limited`: less than the
 * ladder, because the box can't do more. `crowded`: somebody watches a rung that there is no room for. `failed`: there is no FFmpeg,
 * or its children end again and again; it is tried again.
 */
export type LadderState = 'off' | 'waiting' | 'asleep' | 'running' | 'limited' | 'crowded' | 'failed'

/**
 * Why a rung isn't made. `asleep`: nobody watches it. `starting`: it is on its way. `crowded`: there is no room for it. `limited`: it
 * gives way, because the box can't do more, or waits with all of its ladder.
 */
export type RungRest = 'asleep' | 'starting' | 'crowded' | 'limited'

export type RungStatus = {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly framesPerSecond: number
  readonly videoKbps: number
  readonly running: boolean
  /** Undefined: it is made. */
  readonly rest: RungRest | undefined
}

export type LadderStatus = {
  readonly state: LadderState
  /** As in `config/ladders`; undefined: not chosen yet. */
  readonly ladder: string | undefined
  /** As FFmpeg names it. */
  readonly encoder: string | undefined
  /** Of the whole ladder, best first, but for those that are no smaller than what the encoder sends now. */
  readonly rungs: readonly RungStatus[]
  /** Among those that wait for room, 1 is next; undefined: it doesn't. */
  readonly position: number | undefined
  /** How far the slowest rung is behind the source. */
  readonly lagMs: number | undefined
  /** Children that were replaced because they died or hung. */
  readonly restarts: number
  /** Times that more or less of the ladder ran; several rungs at once are one. */
  readonly steps: number
  /** Rungs that were begun because somebody watched them. */
  readonly wakes: number
  /** Of all children of this broadcast. */
  readonly cpuSeconds: number
  readonly framesIn: number
  readonly framesOut: number
  /** Frames that no child was given, because it was too far behind. */
  readonly skipped: number
}

export const NO_LADDER: LadderStatus = {
  ...{ state: 'off', ladder: undefined, encoder: undefined, rungs: [], position: undefined, lagMs: undefined },
  ...{ restarts: 0, steps: 0, wakes: 0, cpuSeconds: 0, framesIn: 0, framesOut: 0, skipped: 0 },
}
