/** What a media playlist says (RFC 8216bis 4.4.3 and 4.4.4); a value, rendered by `renderMediaPlaylist`. */
export type MediaPlaylist = {
  /** Whole seconds; constant while the playlist lives. */
  readonly targetDuration: number
  /** Seconds; constant while the playlist lives. */
  readonly partTarget: number
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  readonly segments: readonly PlaylistSegment[]
  /** Parts of the segment that is still open. */
  readonly openParts: readonly PlaylistPart[]
  /** What precedes the open segment, when it has parts. */
  readonly open: Pick<PlaylistSegment, 'discontinuity' | 'programDateTime' | 'map'> | undefined
  /** URI of the part that will come next. */
  readonly preloadHint: string | undefined
  readonly renditionReports: readonly RenditionReport[]
  readonly ended: boolean
}

export type PlaylistSegment = {
  readonly uri: string
  /** Seconds. */
  readonly duration: number
  readonly discontinuity: boolean
  /** Milliseconds since 1970 of the first sample. */
  readonly programDateTime: number
  /** URI of the Media Initialization Section that applies. */
  readonly map: string
  /** No media: EXT-X-GAP. */
  readonly gap: boolean
  /** Only for segments near the live edge. */
  readonly parts: readonly PlaylistPart[]
}

export type PlaylistPart = { readonly uri: string; readonly duration: number; readonly independent: boolean }
export type RenditionReport = { readonly uri: string; readonly lastMsn: number; readonly lastPart: number | undefined }

/** "The Skip Boundary … MUST be at least six times the Target Duration" (RFC 8216bis 4.4.3.8). */
export const canSkipUntil = (targetDuration: number): number => 6 * targetDuration

/**
 * How many of the oldest segments a Playlist Delta Update may leave out: those that end before the Skip Boundary.
 * @param earlier segments before those of the playlist
 */
export function skippableSegments(
  { segments, openParts, targetDuration }: MediaPlaylist,
  earlier: readonly Pick<PlaylistSegment, 'duration'>[] = [],
): number {
  let fromEnd = openParts.reduce((sum, part) => sum + part.duration, 0)
  const count = earlier.length + segments.length
  let kept = 0
  for (; kept < count && fromEnd < canSkipUntil(targetDuration); kept++) {
    const index = count - 1 - kept
    fromEnd += (index < earlier.length ? earlier[index] : segments[index - earlier.length])?.duration ?? 0
  }
  return count - kept
}

/** What stands before a playlist's own segments, rendered already; `text` begins behind what is skipped. */
export type Earlier = { readonly count: number; readonly text: string; readonly map: string | undefined }

const NOTHING_EARLIER: Earlier = { count: 0, text: '', map: undefined }

/**
 * The text of a media playlist.
 * @param skip how many of the oldest segments a Playlist Delta Update leaves out; 0: a full playlist
 */
export function renderMediaPlaylist(playlist: MediaPlaylist, skip = 0, earlier = NOTHING_EARLIER): string {
  const { targetDuration } = playlist
  const longestPart = partSeconds(playlist.partTarget)
  let out =
    `#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:${targetDuration}\n` +
    // PART-HOLD-BACK: "MUST be at least two times the Part Target Duration … SHOULD be at least three times"
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${decimal(longestPart * 3)},HOLD-BACK=${decimal(targetDuration * 3)},CAN-SKIP-UNTIL=${decimal(canSkipUntil(targetDuration))}\n` +
    `#EXT-X-PART-INF:PART-TARGET=${longestPart}\n` +
    `#EXT-X-MEDIA-SEQUENCE:${playlist.mediaSequence}\n` +
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}\n`
  if (skip > 0) out += `#EXT-X-SKIP:SKIPPED-SEGMENTS=${skip}\n`
  out += earlier.text
  let { map } = earlier
  for (let i = Math.max(0, skip - earlier.count); i < playlist.segments.length; i++) {
    const segment = playlist.segments[i]
    if (segment === undefined) break
    // A delta update's client knows the EXT-X-MAP of what it skipped, but naming it again costs less than being wrong.
    out += segmentText(segment, map)
    map = segment.map
  }
  if (playlist.ended) return `${out}#EXT-X-ENDLIST\n`
  if (playlist.open !== undefined) out += segmentHead(playlist.open, map)
  for (const part of playlist.openParts) out += partTag(part)
  if (playlist.preloadHint !== undefined) out += `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${playlist.preloadHint}"\n`
  for (const report of playlist.renditionReports) {
    out += `#EXT-X-RENDITION-REPORT:URI="${report.uri}",LAST-MSN=${report.lastMsn}${report.lastPart === undefined ? '' : `,LAST-PART=${report.lastPart}`}\n`
  }
  return out
}

/** @param previousMap URI of the Media Initialization Section that applies before it */
export function segmentText(segment: PlaylistSegment, previousMap: string | undefined): string {
  let out = segmentHead(segment, previousMap)
  for (const part of segment.parts) out += partTag(part)
  if (segment.gap) out += '#EXT-X-GAP\n'
  return `${out}#EXTINF:${decimal(segment.duration)},\n${segment.uri}\n`
}

function segmentHead(
  segment: Pick<PlaylistSegment, 'discontinuity' | 'programDateTime' | 'map'>,
  previousMap: string | undefined,
): string {
  return (
    (segment.discontinuity ? '#EXT-X-DISCONTINUITY\n' : '') +
    (segment.map === previousMap ? '' : `#EXT-X-MAP:URI="${segment.map}"\n`) +
    `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.programDateTime).toISOString()}\n`
  )
}

const partTag = (part: PlaylistPart): string =>
  `#EXT-X-PART:DURATION=${partSeconds(part.duration)},URI="${part.uri}"${part.independent ? ',INDEPENDENT=YES' : ''}\n`

/**
 * Seconds of a part, 10 to 20 µs more than it lasts: with exact ones the last bit of a double decides whether shaka-player's decoder
 * drops what follows (docs/decisions/0031-times-that-agree.md). So is what no part may exceed.
 */
const partSeconds = (seconds: number): number => (Math.floor(seconds * 1e5) + 2) / 1e5

/** Seconds with five decimals, without a tail of zeros. */
const decimal = (seconds: number): string => String(Math.round(seconds * 1e5) / 1e5)
