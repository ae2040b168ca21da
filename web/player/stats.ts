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
  /** Frames put on the screen. */
  shownFrames: number
  /** Milliseconds that were played, and that the picture stood still unwanted. */
  playedMs: number
  stalledMs: number
  /** Bits a second that the connection carried; null while unknown. */
  throughput: number | null
  /** What is on screen, by the name of its playlist; `audio`: sound alone. */
  rendition: string | null
  engine: 'hls' | 'native' | null
  /** Why it does not play. */
  failed: 'network' | 'media' | 'codec' | 'other' | null
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
    shownFrames: 0,
    playedMs: 0,
    stalledMs: 0,
    throughput: null,
    rendition: null,
    engine: null,
    failed: null,
    startMs: null,
  }
}
