/** A picture that can be decoded by itself, as it came; nothing of it is copied. */
export type KeyFrame = {
  readonly avcC: Uint8Array
  /** Length-prefixed NAL units. */
  readonly data: Uint8Array
  /** When it came, milliseconds since 1970. */
  readonly atMs: number
}

/** A moment of the rewind window at which decoding can begin. */
export type Moment = {
  /** Where it lies in the broadcast's media, seconds. */
  readonly time: number
  /** Milliseconds since 1970. */
  readonly atMs: number
  /** Its key frame, from memory or from the disk. @throws Error when it is gone, or too many read */
  read(): Promise<KeyFrame>
}
