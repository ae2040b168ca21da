/** A picture that can be decoded by itself, as it came; nothing of it is copied. */
export type KeyFrame = {
  readonly avcC: Uint8Array
  /** Length-prefixed NAL units. */
  readonly data: Uint8Array
  /** Where it lies in the broadcast's media, seconds. */
  readonly time: number
  /** When it came, milliseconds since 1970. */
  readonly atMs: number
}
