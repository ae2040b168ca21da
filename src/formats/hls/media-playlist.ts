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

/** How many of the oldest segments a Playlist Delta Update may leave out: those that end before the Skip Boundary. */
export function skippableSegments(playlist: MediaPlaylist): number {
  let fromEnd = playlist.openParts.reduce((sum, part) => sum + part.duration, 0)
  let kept = 0
  for (let i = playlist.segments.length - 1; i >= 0 && fromEnd < canSkipUntil(playlist.targetDuration); i--) {
    fromEnd += playlist.segments[i]?.duration ?? 0
    kept++
  }
  return playlist.segments.length - kept
}

/**
 * The text of a media playlist.
 * @param skip how many of the oldest segments a Playlist Delta Update leaves out; 0: a full playlist
 */
export function renderMediaPlaylist(playlist: MediaPlaylist, skip = 0): string {
  const { targetDuration, partTarget } = playlist
  let out =
    `#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:${targetDuration}\n` +
    // PART-HOLD-BACK: "MUST be at least two times the Part Target Duration … SHOULD be at least three times"
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${decimal(partTarget * 3)},HOLD-BACK=${decimal(targetDuration * 3)},CAN-SKIP-UNTIL=${decimal(canSkipUntil(targetDuration))}\n` +
    `#EXT-X-PART-INF:PART-TARGET=${decimal(partTarget)}\n` +
    `#EXT-X-MEDIA-SEQUENCE:${playlist.mediaSequence}\n` +
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}\n`
  if (skip > 0) out += `#EXT-X-SKIP:SKIPPED-SEGMENTS=${skip}\n`
  let map: string | undefined
  for (let i = skip; i < playlist.segments.length; i++) {
    const segment = playlist.segments[i]
    if (segment === undefined) break
    // A delta update's client knows the EXT-X-MAP of what it skipped, but naming it again costs less than being wrong.
    out += segmentHead(segment, map)
    map = segment.map
    for (const part of segment.parts) out += partTag(part)
    if (segment.gap) out += '#EXT-X-GAP\n'
    out += `#EXTINF:${decimal(segment.duration)},\n${segment.uri}\n`
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
  `#EXT-X-PART:DURATION=${decimal(part.duration)},URI="${part.uri}"${part.independent ? ',INDEPENDENT=YES' : ''}\n`

/** Seconds with five decimals, without a tail of zeros. */
const decimal = (seconds: number): string => String(Math.round(seconds * 1e5) / 1e5)
