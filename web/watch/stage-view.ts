import type { ChannelState } from '../../src/contract/channel.ts'
import type { PlayerPhase } from '../player/stats.ts'

/** What the stage shows. Each has its own words; only `picture` and `waiting` show none. */
export type StageView =
  | 'loading'
  | 'missing'
  | 'offline'
  | 'starting'
  | 'no-picture'
  | 'picture'
  | 'waiting'
  | 'blocked'
  | 'reconnecting'
  | 'returning'
  | 'held'
  | 'no-network'
  | 'no-server'
  | 'over'
  | 'cannot-play'
  | 'player-failed'

export type StageFacts = {
  /** The device has a network. */
  readonly online: boolean
  /** The server answers. */
  readonly reachable: boolean
  readonly missing: boolean
  /** null: not known yet */
  readonly state: ChannelState | null
  /** The server makes what browsers play. */
  readonly playable: boolean
  readonly phase: PlayerPhase
  readonly failure: 'codec' | 'script' | null
  /** For how long (ms) nothing moves that should; 0: all is well. */
  readonly stillMs: number
  /** `stoodForAbsence`, as it was. */
  readonly absence: boolean
}

/** Shorter than this nothing is shown, then a ring. */
const ringMs = 1000
/** From here on words. */
const wordsMs = 4000
/** The last picture stays this long after the end. */
const lastPictureMs = 3000

/** One place decides what a viewer sees, from what the server says, what the player does and whether there is a network. */
export function stageView(facts: StageFacts): StageView {
  const { online, reachable, state, phase, stillMs } = facts
  if (facts.missing) return 'missing'
  if (state === null) return !online ? 'no-network' : reachable ? 'loading' : 'no-server'
  if (state === 'offline') return 'offline'
  if (state === 'ended') {
    const running = phase === 'playing' || phase === 'paused'
    return running || (phase === 'held' && stillMs < lastPictureMs) ? 'picture' : 'over'
  }
  if (!facts.playable) return 'no-picture'
  if (state === 'starting') return 'starting'
  if (phase === 'failed') return facts.failure === 'script' ? 'player-failed' : 'cannot-play'
  if (phase === 'blocked') return 'blocked'
  if (phase === 'paused') return 'picture'
  const hasPicture = phase === 'playing' || phase === 'held' || phase === 'ended'
  if (hasPicture && stillMs < ringMs && phase !== 'ended') return 'picture'
  if (!online) return 'no-network'
  if (state === 'reconnecting') return 'reconnecting'
  if (facts.absence && reachable) return 'returning'
  if (stillMs < wordsMs) return hasPicture ? 'waiting' : 'starting'
  if (!reachable) return 'no-server'
  return hasPicture ? 'held' : 'starting'
}

/**
 * Whether the picture stands because the streamer or the server was away: from then until it moves again, for the viewer's
 * connection is not to be blamed for the time that a return takes.
 */
export function stoodForAbsence({ online, reachable, state, phase, stillMs, absence }: StageFacts): boolean {
  if (state === 'reconnecting') return true
  if (state !== 'live' || phase === 'playing' || phase === 'paused') return false
  // Once it was told. An answer that is late, or lost, may well be the viewer's own connection's.
  return absence || (online && !reachable && stillMs >= wordsMs)
}
