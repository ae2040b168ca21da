import type { ChannelState } from '../contract/channel.ts'

/** What a channel is doing now. Times in milliseconds since 1970. */
export type LiveFacts = {
  readonly state: ChannelState
  readonly startedAtMs: number | undefined
  readonly endedAtMs: number | undefined
  readonly graceEndsAtMs: number | undefined
  /** See `Channel.presentation` of the contract. */
  readonly presentation: string | undefined
  readonly video: { readonly width: number; readonly height: number } | undefined
  /** Of the picture of what is on air; undefined: there is none. */
  readonly still?: { readonly width: number; readonly height: number } | undefined
}

/** What HTTP needs to know of broadcasts. */
export type LiveStates = {
  /** Whether the channel's broadcast, or its next one, is packaged into segments; else there is neither HLS nor DASH. */
  packaged(slug: string): boolean
  /** How far one can rewind in the channel's broadcast, or its next one, seconds; 0: no further than a live playlist reaches. */
  rewindSeconds(slug: string): number
  /** Undefined: offline. */
  get(slug: string): LiveFacts | undefined
  /** The listener is called, without arguments, after each change of what `get` answers. @returns the undo */
  subscribe(slug: string, listener: () => void): () => void
  /** The id of the broadcast that goes on in the channel. */
  broadcastId(slug: string): string | undefined
  /** Ends the channel's broadcast at once. @returns false when there is none */
  end(slug: string, reason: string): boolean
  /** The id of the key by which an encoder publishes to the channel now. */
  keyInUse(slug: string): string | undefined
  /** These keys are worth nothing any more: a broadcast that came by one of them ends at once. @returns whether one did */
  revoke(slug: string, keyIds: readonly string[], reason: string): boolean
  /** The channel was removed: what is kept of its broadcasts goes, too. */
  forget(channel: { readonly id: string; readonly slug: string }): void
}
