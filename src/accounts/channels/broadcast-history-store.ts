/** What was counted of a broadcast so far, over restarts of the server. */
export type BroadcastFigures = {
  /** How long there was media, seconds. */
  readonly seconds: number
  /** Most players at the same time. */
  readonly peakViewers: number
  /** Players in all: each page that played counts once. */
  readonly totalViewers: number
  /** Frames that the encoder left out or that couldn't be used. */
  readonly droppedFrames: number
  readonly reconnects: number
  /** For how many seconds what the encoder sent was fine, was worth a look, or was in trouble. */
  readonly healthySeconds: number
  readonly lookSeconds: number
  readonly troubleSeconds: number
}

export type BroadcastRecord = {
  readonly id: string
  /** What was announced for that time, or the channel's title then; undefined in what older versions wrote. */
  readonly title: string | undefined
  readonly startedAtMs: number
  /** When it ended, or was last seen. */
  readonly endedAtMs: number
  readonly chatMessages: number
  /** Undefined in what older versions wrote. */
  readonly figures: BroadcastFigures | undefined
}

/** Where a page of the history ended. */
export type HistoryPosition = { readonly startedAtMs: number; readonly id: string }

/** Keeps what is told of broadcasts when they are over. Every method throws UnavailableError when the store doesn't answer. */
export type BroadcastHistoryStore = {
  /** What was noted of a broadcast; undefined: nothing. */
  figures(broadcastId: string): Promise<BroadcastFigures | undefined>
  /** The broadcast was there at `seenAtMs`, with these figures; what was said in its chat is counted. One that is gone is left out. */
  note(broadcastId: string, seenAtMs: number, figures: BroadcastFigures): Promise<void>
  /** Newest first, those before `before`; those that never had media are left out. */
  list(channelId: string, limit: number, before: HistoryPosition | undefined): Promise<readonly BroadcastRecord[]>
  /** @returns what it was, or undefined when the channel has no such broadcast */
  remove(channelId: string, broadcastId: string): Promise<BroadcastRecord | undefined>
}
