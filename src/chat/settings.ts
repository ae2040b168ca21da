/** What the operator chose for a channel's chat; named as in the configuration. It may change: read it when it matters. */
export type ChatSettings = {
  readonly enabled: boolean
  /** People who are not signed in may write. */
  readonly guests: boolean
  /** What somebody is called who gave no name; a number is added. */
  readonly guestName: string
  /** Messages shown on joining. */
  readonly history: number
  /** Seconds between two messages of a person in slow mode, unless a moderator chose others. */
  readonly slowSeconds: number
  /** Messages are forgotten after so many days. */
  readonly keepDays: number
}

/** `limits.chat`; they may change too. */
export type ChatLimits = {
  readonly messagesPerMinute: number
  readonly messageBurst: number
  /** Of somebody new: new people are what a flood is made of. */
  readonly firstMessages: number
  readonly messagesPerMinutePerAddress: number
  readonly messagesPerSecond: number
  readonly reactionsPerSecond: number
  readonly requestsPerSecond: number
  readonly viewersPerAddress: number
}
