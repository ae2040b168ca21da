/**
 * What goes into an FLV tag and, the same, into an RTMP message of a player. The body is `head`, then `data`, so that the
 * bytes of a frame need not be copied to have the codec's few bytes before them.
 */
export type FlvMessage = {
  /** See `TagType`. */
  readonly typeId: number
  /** Milliseconds, 32 bits. */
  readonly timestamp: number
  readonly head: Uint8Array
  readonly data: Uint8Array
}

export const NOTHING: Uint8Array = new Uint8Array(0)
