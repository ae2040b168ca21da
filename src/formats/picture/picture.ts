/** A still picture that every browser shows. */
export type Picture = {
  readonly kind: 'png' | 'jpeg' | 'webp'
  /** As it is shown, pixels. */
  readonly width: number
  readonly height: number
  /** What draws it, without what else was in the file: where and with what it was taken, comments, other files behind its end. */
  readonly bytes: Uint8Array
}
