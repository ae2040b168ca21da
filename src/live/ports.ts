import type { Packet, Track } from '../media/packet.ts'

/** The part of a channel that the live path knows. */
export type ChannelRef = { readonly id: string; readonly slug: string }

/** Why a publisher may not publish; ingest maps it to its protocol's words. */
export type PublishRefusal = {
  readonly allowed: false
  readonly code: 'bad-key' | 'bad-name' | 'disabled'
  readonly message: string
}

/** Where somebody may publish. */
export type PublishPermission = {
  readonly allowed: true
  readonly channel: ChannelRef
  /** Which of the channel's keys opened it: who takes that key away ends what came by it. Undefined: it needed none. */
  readonly keyId?: string
}

/** Decides who may publish where. Implemented by the accounts. */
export type Authorizer = {
  /**
   * @param name the stream name as the encoder sent it: a stream key, or a slug
   * @param key the `key` query parameter, if any: it goes first
   */
  authorizePublish(name: string, key: string | undefined): Promise<PublishPermission | PublishRefusal>
}

/** How a publication ended, as its connection saw it. `unpublished`: the encoder said goodbye. `lost`: anything else. */
export type PublicationEnd = 'unpublished' | 'lost'

/** A connection that publishes, as the hub sees it. */
export type Publisher = {
  /** For logs: protocol and address. */
  readonly description: string
  /** Ends the connection: taken over by another, silent for too long, ended by the operator. Must not throw. */
  close(reason: string): void
}

/** What a connection gets from the hub to publish with. */
export type Publication = {
  /** Media time in seconds at which this publication's first packet must lie, so that a broadcast's time goes on over reconnects. */
  readonly startTime: number
  /** Announces a track, or the change of its codec configuration (same id). Before the track's first packet. */
  track(track: Track): void
  write(packet: Packet): void
  /** Somebody is shown what comes as soon as it comes; else it may be taken in a little later, for less work. Asked at any time. */
  readonly isAwaited?: boolean
  /** Idempotent. */
  end(how: PublicationEnd): void
}

/** The way in for every protocol: RTMP now, WHIP and pull later. */
export type LiveInput = {
  /** @param keyId see `PublishPermission` */
  publish(channel: ChannelRef, publisher: Publisher, keyId?: string): Promise<Publication>
}

/** A direct reader of a broadcast: called synchronously for each packet, must be quick and must not throw. Slow readers put a ReaderQueue between. */
export type Reader = {
  track(track: Track): void
  packet(packet: Packet): void
  /** The packets that follow come from a new connection: codec and frame order begin anew, media time goes on, wall-clock time has a hole. */
  discontinuity(): void
  /** Somebody waits for what comes next: a player that is sent every frame, a request that is held. Must be quick. */
  readonly isAwaited?: boolean
  /** The broadcast is over. `stopped`: the server stops, the broadcast may go on after the restart: no end is announced to players. `atMs`: wall clock. */
  end(how: 'ended' | 'stopped', atMs: number): void
}

/** What the channel's past says to a new broadcast. */
export type BroadcastStart = {
  readonly id: string
  /** First media sequence number this broadcast may use; all below `mediaSequenceLimit` are reserved for it. */
  readonly mediaSequence: number
  readonly mediaSequenceLimit: number
  readonly discontinuitySequence: number
  /** The longest distance of key frames this channel has shown, in milliseconds; 0: unknown. */
  readonly longestGopMs: number
}

/** A broadcast that a process before this one neither ended nor saw ended. */
export type LeftBroadcast = {
  readonly id: string
  readonly channel: ChannelRef
  readonly startedAtMs: number
  /** `stopped`: the server stopped in good order, and `nextMediaSequence` is exact; `live`: it was killed, and that is a limit. */
  readonly state: 'live' | 'stopped'
  readonly nextMediaSequence: number
  /** When it was last noted that it goes on: a minute before its end, or less. */
  readonly seenAtMs: number
  /** How much media was noted of it. */
  readonly mediaSeconds: number
}

/** What must survive the process so that sequences never go back. */
export type BroadcastProgress = {
  readonly nextMediaSequence: number
  readonly discontinuitySequence: number
  readonly longestGopMs: number
}

/** Keeps broadcasts. Implemented by the store. */
export type BroadcastStore = {
  begin(channelId: string, startedAtMs: number): Promise<BroadcastStart>
  /** Broadcasts that may go on, of channels that are still there. */
  left(): Promise<readonly LeftBroadcast[]>
  /** A left broadcast goes on from here. Later ones of its channel begin behind it. @throws NotFoundError */
  resume(broadcastId: string, progress: BroadcastProgress): Promise<BroadcastStart>
  /** A left broadcast goes on, but with media of its own: numbers begin behind all that it may have used. @throws NotFoundError */
  resumeAnew(broadcastId: string): Promise<BroadcastStart>
  /** A left broadcast does not go on: it ended when it was last seen. */
  abandon(broadcastId: string): Promise<void>
  /** Reserves more media sequence numbers; answers the new limit. */
  reserve(channelId: string, progress: BroadcastProgress): Promise<number>
  /** The broadcast is over (`ended`) or the server stops (`stopped`): the exact progress is kept, unused reservations return. */
  finish(broadcastId: string, endedAtMs: number, how: 'ended' | 'stopped', progress: BroadcastProgress): Promise<void>
}
