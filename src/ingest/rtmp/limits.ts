/** What the RTMP server allows. All of it is checked before memory is taken. */
export type RtmpLimits = {
  /** Bytes that a peer may send, and make us hold, while it does not publish. */
  readonly strangerBytes: number
  /** How long a peer may stay without publishing, in milliseconds. */
  readonly strangerMs: number
  /** Longest message of a publisher. */
  readonly messageBytes: number
  /** Chunk streams of one connection. */
  readonly chunkStreams: number
  readonly connections: number
  /** Of one IPv4 address or one IPv6 /64 network. */
  readonly connectionsPerAddress: number
  /** A player that takes nothing of what waits for it for so long is gone, in milliseconds. */
  readonly stalledMs: number
  /** How long the peer has to read our last words, in milliseconds. */
  readonly lingerMs: number
}

export const DEFAULT_RTMP_LIMITS: RtmpLimits = {
  strangerBytes: 65_536,
  strangerMs: 10_000,
  messageBytes: 10_485_760,
  chunkStreams: 32,
  connections: 1000,
  connectionsPerAddress: 100,
  stalledMs: 30_000,
  lingerMs: 1000,
}
