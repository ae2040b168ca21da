import type { BroadcastFigures } from './broadcast-history-store.ts'

/** Of one broadcast players that are told apart; beyond, each that comes is counted. */
const MAX_PLAYERS = 100_000
/** Who watched before a restart is back soon after it. */
const RETURN_MS = 60_000

export const NO_FIGURES: BroadcastFigures = {
  ...{ seconds: 0, peakViewers: 0, totalViewers: 0, droppedFrames: 0, reconnects: 0 },
  ...{ healthySeconds: 0, lookSeconds: 0, troubleSeconds: 0 },
}

export type Verdict = 'healthy' | 'look' | 'trouble'

/** A broadcast as it stands, looked at once a second. */
export type BroadcastLook = {
  readonly broadcastId: string
  readonly slug: string
  /** Media so far, over restarts. */
  readonly seconds: number
  readonly viewers: number
  /** Since the server started. */
  readonly droppedFrames: number
  readonly reconnects: number
  /** Of what the encoder sends; undefined while none does. */
  readonly verdict: Verdict | undefined
}

/** Counts one broadcast. */
export class BroadcastTally {
  readonly broadcastId: string
  readonly slug: string
  readonly #startedMs: number
  readonly #players = new Set<string>()
  #uncounted = 0
  #returned = 0
  /** What a process before this one counted; undefined: not known yet. */
  #before: BroadcastFigures | undefined
  #now: BroadcastFigures = NO_FIGURES

  constructor({ broadcastId, slug }: Pick<BroadcastLook, 'broadcastId' | 'slug'>, nowMs: number) {
    this.broadcastId = broadcastId
    this.slug = slug
    this.#startedMs = nowMs
  }

  /** @param before what was noted of it before */
  goOnFrom(before: BroadcastFigures): void {
    this.#before = before
  }

  look({ seconds, viewers, droppedFrames, reconnects, verdict }: BroadcastLook): void {
    const { peakViewers, healthySeconds, lookSeconds, troubleSeconds } = this.#now
    this.#now = {
      ...{ seconds, droppedFrames, reconnects, totalViewers: 0 },
      peakViewers: Math.max(peakViewers, viewers),
      healthySeconds: healthySeconds + (verdict === 'healthy' ? 1 : 0),
      lookSeconds: lookSeconds + (verdict === 'look' ? 1 : 0),
      troubleSeconds: troubleSeconds + (verdict === 'trouble' ? 1 : 0),
    }
  }

  /** A player began to play. @param player its own random name */
  arrived(player: string, nowMs: number): void {
    if (this.#players.has(player)) return
    if (this.#players.size >= MAX_PLAYERS) this.#uncounted++
    else this.#players.add(player)
    const peak = this.#before?.peakViewers ?? 0
    if (nowMs < this.#startedMs + RETURN_MS && this.#returned < peak) this.#returned++
  }

  /** Undefined until it is known what was counted before. */
  get figures(): BroadcastFigures | undefined {
    const before = this.#before
    if (before === undefined) return undefined
    const now = this.#now
    const peakViewers = Math.max(before.peakViewers, now.peakViewers)
    const arrived = this.#players.size + this.#uncounted - this.#returned
    return {
      seconds: Math.max(before.seconds, now.seconds),
      peakViewers,
      // Who watched the broadcast before this one goes on without arriving.
      totalViewers: Math.max(before.totalViewers + arrived, peakViewers),
      droppedFrames: before.droppedFrames + now.droppedFrames,
      reconnects: before.reconnects + now.reconnects,
      healthySeconds: before.healthySeconds + now.healthySeconds,
      lookSeconds: before.lookSeconds + now.lookSeconds,
      troubleSeconds: before.troubleSeconds + now.troubleSeconds,
    }
  }
}

/** Less is a coincidence. */
const TOLD_SECONDS = 10
const SHARE = 0.05

/** How a broadcast was as a whole: a short trouble in a long evening doesn't spoil it. Undefined: too short to tell. */
export function healthOf({ healthySeconds, lookSeconds, troubleSeconds }: BroadcastFigures): Verdict | undefined {
  const seconds = healthySeconds + lookSeconds + troubleSeconds
  if (seconds < TOLD_SECONDS) return undefined
  if (troubleSeconds / seconds >= SHARE) return 'trouble'
  return (lookSeconds + troubleSeconds) / seconds >= SHARE ? 'look' : 'healthy'
}
