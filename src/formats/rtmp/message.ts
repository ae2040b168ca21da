/** RTMP message type ids, RTMP 1.0 sections 5.4, 6.2 and 7.1. */
export const MessageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
} as const

/** One whole message. */
export type Message = {
  readonly chunkStreamId: number
  /** Milliseconds, 32 bits, wraps about every 49.7 days. */
  readonly timestamp: number
  readonly typeId: number
  /** 0 for the connection itself. */
  readonly messageStreamId: number
  readonly payload: Uint8Array
}

/** Highest id that a basic header can tell: 2 bytes little-endian + 64. */
export const MAX_CHUNK_STREAM_ID = 65_599
/** A timestamp field of this value says that four more bytes tell the timestamp. */
export const EXTENDED_TIMESTAMP = 0xff_ffff
export const DEFAULT_CHUNK_SIZE = 128
