import {
  type MediaPlaylist,
  type PlaylistPart,
  type PlaylistSegment,
  renderMediaPlaylist,
  skippableSegments,
} from '../../formats/hls/media-playlist.ts'
import { CUT_TIMESCALE } from '../../packager/cut-list.ts'
import type { SegmentFacts } from '../../packager/keeper.ts'
import type { Presentation } from '../../packager/presentation.ts'
import type { Rendition } from '../../packager/rendition.ts'
import type { Part, Segment } from '../../packager/segment.ts'
import { RenderedText } from '../rendered-text.ts'

type Cached = { version: number; full: RenderedText | undefined; delta: RenderedText | undefined }

/** "EXT-X-PART tags SHOULD be removed … after they are greater than three Target Durations from the end of the Playlist" (RFC 8216bis 4.4.4.9) */
const PARTS_SHOWN = 3

/** Media playlists of all presentations, kept until they change. */
export class MediaPlaylists {
  readonly #cache = new WeakMap<Rendition, Cached>()

  /** @param delta a Playlist Delta Update was asked for, and is given if there is something to skip */
  render(presentation: Presentation, rendition: Rendition, delta: boolean): RenderedText {
    const { version } = rendition.window
    let cached = this.#cache.get(rendition)
    if (cached === undefined || cached.version !== version) {
      cached = { version, full: undefined, delta: undefined }
      this.#cache.set(rendition, cached)
    }
    const etag = (kind: string): string => `W/"${presentation.epoch.slice(0, 12)}.${rendition.name}.${version}${kind}"`
    if (delta) {
      if (cached.delta === undefined) {
        const playlist = describe(presentation, rendition)
        const skip = skippableSegments(playlist)
        // "A Server MAY ignore the directive": with nothing to skip the full playlist is the answer.
        cached.delta =
          skip > 0
            ? new RenderedText(renderMediaPlaylist(playlist, skip), etag('d'))
            : this.render(presentation, rendition, false)
      }
      return cached.delta
    }
    cached.full ??= new RenderedText(renderMediaPlaylist(describe(presentation, rendition)), etag(''))
    return cached.full
  }
}

/** What the playlist of a rendition says now. URIs are relative to `/live/<channel>/`. */
export function describe(presentation: Presentation, rendition: Rendition): MediaPlaylist {
  const { window, name } = rendition
  const shown = window.shown
  const { open, next } = window
  const partsFrom = partsShownFrom(
    shown,
    open,
    presentation.targetDuration * PARTS_SHOWN,
    presentation.partTarget(rendition) * 3,
  )
  const withParts = (segment: Segment, index: number): PlaylistSegment =>
    describeSegment(rendition, segment, index >= partsFrom && !window.ended ? partsOf(name, segment) : [])
  return {
    targetDuration: presentation.targetDuration,
    partTarget: presentation.partTarget(rendition),
    mediaSequence: shown[0]?.msn ?? open?.msn ?? 0,
    discontinuitySequence: window.discontinuitySequence,
    segments: shown.map(withParts),
    open: open === undefined ? undefined : withParts(open, shown.length),
    openParts: open === undefined ? [] : partsOf(name, open),
    preloadHint: next === undefined ? undefined : `${name}/${presentation.epoch}/${next.msn}.${next.part}.m4s`,
    renditionReports: presentation.renditions.flatMap((other) => {
      const edge = other === rendition ? undefined : other.window.edge
      return edge === undefined ? [] : [{ uri: `${other.name}.m3u8`, lastMsn: edge.msn, lastPart: edge.part }]
    }),
    ended: window.ended,
  }
}

export function describeSegment(
  { name, tracks }: Rendition,
  segment: SegmentFacts,
  parts: readonly PlaylistPart[],
): PlaylistSegment {
  const { msn, epoch, cut, time, duration, gap, initIndex } = segment
  const timescale = tracks[initIndex]?.timescale
  // Sound begins with the frame that is nearest to the cut.
  const behind = gap || timescale === undefined ? 0 : time / timescale - cut.time / CUT_TIMESCALE
  return {
    uri: `${name}/${epoch}/${msn}.m4s`,
    duration,
    discontinuity: cut.discontinuity,
    programDateTime: cut.programDateTime + behind * 1000,
    map: `${name}/${epoch}/init-${initIndex}.mp4`,
    gap,
    parts,
  }
}

const partsOf = (name: string, segment: Segment): PlaylistPart[] =>
  segment.parts.map((part: Part, index) => ({
    uri: `${name}/${segment.epoch}/${segment.msn}.${index}.m4s`,
    duration: part.duration,
    independent: part.independent,
  }))

/**
 * Index of the first shown segment whose parts are shown. Where key frames are further apart than that, the parts back to
 * the last key frame that a player at `holdBack` needs stay, for nothing else tells it where it can begin to decode.
 */
function partsShownFrom(
  shown: readonly Segment[],
  open: Segment | undefined,
  seconds: number,
  holdBack: number,
): number {
  let fromEnd = open?.duration ?? 0
  let canBegin = false
  for (let i = shown.length - 1; i >= 0; i--) {
    const segment = shown[i]
    if (segment === undefined) return i + 1
    fromEnd += segment.duration
    if (fromEnd > seconds && canBegin) return i + 1
    canBegin ||= fromEnd >= holdBack && segment.parts.some((part) => part.independent)
  }
  return 0
}
