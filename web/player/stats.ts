/** What the player does. `held`: it wants to move and can't. `blocked`: the browser wants a tap first. */
export type PlayerPhase = 'idle' | 'loading' | 'playing' | 'held' | 'paused' | 'blocked' | 'ended' | 'failed'

/** Figures of one player since its page was opened; tests and measurements read them from the player element. */
export type PlayerStats = {
  state: PlayerPhase
  /** Times the picture stood still unwanted after it had begun, rescues included. */
  stalls: number
  /** Times the watchdog had to seek. */
  rescues: number
  /** Times the source was loaded anew. */
  reloads: number
  /** Seconds behind the server's clock; null while unknown. */
  latency: number | null
  /** Seconds buffered ahead of the playing position. */
  buffered: number
  droppedFrames: number
  /** Milliseconds from the first load to the first moving picture; null until then. */
  startMs: number | null
}

export function newStats(): PlayerStats {
  return {
    state: 'idle',
    stalls: 0,
    rescues: 0,
    reloads: 0,
    latency: null,
    buffered: 0,
    droppedFrames: 0,
    startMs: null,
  }
}
