const togetherMs = 300

export type Tap = { readonly x: number; readonly atMs: number }

/**
 * Two taps at the same side of the picture within a moment.
 *
 * @param width of the picture, in the units of `x`
 * @returns which side: the outer thirds; null: none of it
 */
export function doubleTap(first: Tap | null, second: Tap, width: number): 'left' | 'right' | null {
  if (first === null || second.atMs - first.atMs > togetherMs) return null
  const side = (tap: Tap) => (tap.x < width / 3 ? 'left' : tap.x > (width * 2) / 3 ? 'right' : null)
  return side(first) === side(second) ? side(second) : null
}
