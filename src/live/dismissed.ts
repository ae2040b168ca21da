import { RefusedError } from '../base/errors.ts'
import { Patience } from './patience.ts'

const LEAST_MS = 30_000
const MOST_MS = 3_600_000
/** So many are remembered; of more, the first is forgotten. */
const KEPT = 1000

/**
 * Encoders whose broadcast was ended by hand: they try again by themselves, and an end would be none if they could. Known
 * by channel and key, so that another key may begin at once; forgotten with the process.
 */
export class Dismissed {
  readonly #kept = new Map<string, Patience>()
  #refused = 0

  /** Encoders refused since the start. */
  get refused(): number {
    return this.#refused
  }

  dismiss(channelId: string, keyId: string | undefined, nowMs: number): void {
    for (const [who, patience] of this.#kept) {
      if (this.#kept.size < KEPT && !patience.isOver(nowMs)) break
      this.#kept.delete(who)
    }
    const who = nameOf(channelId, keyId)
    this.#kept.delete(who)
    this.#kept.set(who, new Patience(nowMs, LEAST_MS, MOST_MS))
  }

  /** @throws RefusedError in words for who looks at the encoder */
  mayCome(channelId: string, keyId: string | undefined, nowMs: number): void {
    const who = nameOf(channelId, keyId)
    const waitMs = this.#kept.get(who)?.come(nowMs) ?? 0
    if (waitMs === 0) {
      this.#kept.delete(who)
      return
    }
    this.#refused++
    const retryAfterSeconds = Math.ceil(waitMs / 1000)
    throw new RefusedError(
      'CONFLICT',
      `this broadcast was ended by hand. To begin another one, stop the encoder, wait ${retryAfterSeconds} s and start it again`,
      { retryAfterSeconds },
    )
  }
}

const nameOf = (channelId: string, keyId: string | undefined): string => `${channelId} ${keyId ?? ''}`
