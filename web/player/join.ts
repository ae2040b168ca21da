/** A partial segment as the playlist lists it (RFC 8216bis 4.4.4.9). Seconds of media time. */
export type ListedPart = {
  readonly start: number
  readonly duration: number
  /** INDEPENDENT=YES: it begins with a key frame. */
  readonly independent: boolean
  readonly gap?: boolean
  /** Media sequence number of its segment. */
  readonly sn: number
}

/** Where to begin loading, and where to play once that is buffered. */
export type Join = { readonly load: number; readonly play: number }

/**
 * How to enter a broadcast whose key frames are further apart than its segments.
 *
 * A segment cut without a key frame can't be decoded from its start, so loading has to begin at the last INDEPENDENT part
 * at or before the position to play. hls.js looks for it only inside the segment of that position.
 *
 * @returns null when that segment has an independent part of its own (or none is known to lack one): hls.js does right by itself
 */
export function planJoin(parts: readonly ListedPart[], play: number): Join | null {
  let target: ListedPart | undefined
  let key: ListedPart | undefined
  for (const part of parts) {
    if (part.start > play) break
    target = part
    if (part.independent && part.gap !== true) key = part
  }
  if (target === undefined || key === undefined || key.sn === target.sn) return null
  return { load: key.start, play }
}
