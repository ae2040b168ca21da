import type { ChatLimits } from './settings.ts'
import type { Rate } from './token-bucket.ts'

/** Reactions at once, as a multiple of those a second. */
const REACTION_BURST = 2
/** Requests at once, as a multiple of those a second. */
const REQUEST_BURST = 3

/** The limits as rates: each says at any time what the limits are then. */
export type ChatRates = {
  /** Messages of one person. */
  readonly person: Rate
  /** Messages from one address. */
  readonly address: Rate
  /** Messages of all in a room. */
  readonly room: Rate
  /** Reactions of one person. */
  readonly reactions: Rate
  /** Whatever one page sends. */
  readonly requests: Rate
}

export function ratesOf(limits: ChatLimits): ChatRates {
  return {
    person: rate(
      () => limits.messagesPerMinute / 60,
      () => limits.messageBurst,
    ),
    address: rate(
      () => limits.messagesPerMinutePerAddress / 60,
      () => Math.max(1, limits.messagesPerMinutePerAddress / 6),
    ),
    room: rate(
      () => limits.messagesPerSecond,
      () => limits.messagesPerSecond * 2,
    ),
    reactions: rate(
      () => limits.reactionsPerSecond,
      () => limits.reactionsPerSecond * REACTION_BURST,
    ),
    requests: rate(
      () => limits.requestsPerSecond,
      () => limits.requestsPerSecond * REQUEST_BURST,
    ),
  }
}

function rate(perSecond: () => number, burst: () => number): Rate {
  return {
    get perSecond() {
      return perSecond()
    },
    get burst() {
      return burst()
    },
  }
}
