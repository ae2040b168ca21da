import type { Message } from '../formats/rtmp/message.ts'

/** What somebody wants to play, and what they show for it. */
export type PlayRequest = {
  readonly slug: string
  readonly protocol: 'rtmp' | 'http-flv' | 'websocket-flv'
  /** The query of the address, as it came. */
  readonly query: string
}

/** Decides who may play what over connections of players that are no browsers. Implemented by the accounts. */
export type PlayAuthorizer = {
  /** @throws RefusedError in words for the player; NotFoundError for what must not be known to exist */
  authorizePlay(request: PlayRequest): Promise<void>
}

/** A connection of RTMP that wants to play, as who plays sees it. */
export type RtmpPlayerConnection = {
  /** The message stream that `play` was on. */
  readonly streamId: number
  /** A message for this connection alone. */
  send(message: Message): void
  /** Chunks that were made for many connections. */
  write(chunks: readonly Uint8Array[]): void
  /** Bytes that the peer has not taken yet. */
  readonly waiting: number
  /** Ends the connection behind what was written. */
  close(reason: string): void
}

/** One that plays. */
export type RtmpPlaying = {
  pause(yes: boolean): void
  /** The player has had enough, or is gone. Idempotent. */
  stop(): void
}

/** Where an RTMP connection goes that doesn't publish but plays. Implemented by delivery, so that one port serves both. */
export type RtmpPlayers = {
  /** @throws NotFoundError: there is no such broadcast; RefusedError: there is, and it may not be played */
  play(request: Omit<PlayRequest, 'protocol'>, connection: RtmpPlayerConnection): Promise<RtmpPlaying>
}
