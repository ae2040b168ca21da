import { type Earlier, renderMediaPlaylist, segmentText, skippableSegments } from '../../formats/hls/media-playlist.ts'
import type { SegmentFacts } from '../../packager/keeper.ts'
import type { Presentation } from '../../packager/presentation.ts'
import type { Rendition } from '../../packager/rendition.ts'
import { RenderedText } from '../rendered-text.ts'
import { olderSegments, rewindVersion } from '../rewind.ts'
import { describe, describeSegment } from './media-playlists.ts'

type Cached = { version: string; full: RenderedText | undefined; delta: RenderedText | undefined }
/** The lines of a segment, with and without the EXT-X-MAP before them. */
type Lines = { readonly gap: boolean; readonly map: string; readonly first: string; readonly following: string }

/**
 * Media playlists of the whole rewind window (`?dvr=1`): the live playlist with what lies before it, so that a player can
 * go back and stay as near to live as ever. A segment's lines are made once; who reloads gets a delta update.
 */
export class RewindPlaylists {
  readonly #cache = new WeakMap<Rendition, Cached>()
  readonly #lines = new WeakMap<SegmentFacts, Lines>()
  readonly #gaps = new WeakMap<Rendition, WeakMap<SegmentFacts, SegmentFacts>>()

  /** @param delta a Playlist Delta Update was asked for, and is given if there is something to skip */
  render(presentation: Presentation, rendition: Rendition, delta: boolean): RenderedText {
    const version = rewindVersion(rendition)
    let cached = this.#cache.get(rendition)
    if (cached === undefined || cached.version !== version) {
      cached = { version, full: undefined, delta: undefined }
      this.#cache.set(rendition, cached)
    }
    const etag = (kind: string): string => `W/"${presentation.epoch.slice(0, 12)}.${rendition.name}.${version}${kind}"`
    if (!delta) {
      cached.full ??= new RenderedText(this.#text(presentation, rendition, false) ?? '', etag('w'))
      return cached.full
    }
    if (cached.delta === undefined) {
      const text = this.#text(presentation, rendition, true)
      cached.delta =
        text === undefined ? this.render(presentation, rendition, false) : new RenderedText(text, etag('wd'))
    }
    return cached.delta
  }

  /** @returns undefined: a delta would skip nothing */
  #text(presentation: Presentation, rendition: Rendition, delta: boolean): string | undefined {
    const older = this.#older(presentation, rendition)
    const live = describe(presentation, rendition)
    const [first] = older
    const playlist = {
      ...live,
      mediaSequence: first?.msn ?? live.mediaSequence,
      discontinuitySequence:
        first === undefined
          ? live.discontinuitySequence
          : first.cut.discontinuitySequence - (first.cut.discontinuity ? 1 : 0),
      renditionReports: live.renditionReports.map((report) => ({ ...report, uri: `${report.uri}?dvr=1` })),
    }
    const skip = delta ? skippableSegments(playlist, older) : 0
    if (delta && skip === 0) return undefined
    return renderMediaPlaylist(playlist, skip, this.#earlier(rendition, older, skip))
  }

  /**
   * All playlists go back as far as the source's: what was shown before a further quality began is listed as gaps, so that a
   * viewer of that quality can go back there, with another one.
   */
  #older({ renditions, epoch }: Presentation, rendition: Rendition): readonly SegmentFacts[] {
    const older = olderSegments(rendition)
    const [source] = renditions
    const isRung = source !== rendition && rendition.track.codec.kind === 'h264'
    const from = older[0] ?? rendition.window.shown[0] ?? rendition.window.open
    if (!isRung || source === undefined || from === undefined) return older
    const known = this.#gaps.get(rendition) ?? new WeakMap<SegmentFacts, SegmentFacts>()
    this.#gaps.set(rendition, known)
    const gaps = olderSegments(source).filter(({ msn }) => msn < from.msn)
    if (gaps.at(-1)?.msn !== from.msn - 1) return older
    return [...gaps.map((segment) => gapLike(segment, epoch, known)), ...older]
  }

  #earlier(rendition: Rendition, older: readonly SegmentFacts[], skip: number): Earlier {
    let text = ''
    let map: string | undefined
    for (let i = skip; i < older.length; i++) {
      const segment = older[i]
      if (segment === undefined) break
      const lines = this.#linesOf(rendition, segment)
      text += lines.map === map ? lines.following : lines.first
      map = lines.map
    }
    return { count: older.length, text, map }
  }

  #linesOf(rendition: Rendition, segment: SegmentFacts): Lines {
    const known = this.#lines.get(segment)
    if (known !== undefined && known.gap === segment.gap) return known
    const described = describeSegment(rendition, segment, [])
    const lines = {
      gap: segment.gap,
      map: described.map,
      first: segmentText(described, undefined),
      following: segmentText(described, described.map),
    }
    this.#lines.set(segment, lines)
    return lines
  }
}

/** The same time without media; the same object for the same segment. */
function gapLike(segment: SegmentFacts, epoch: string, known: WeakMap<SegmentFacts, SegmentFacts>): SegmentFacts {
  const made = known.get(segment) ?? { ...segment, epoch, initIndex: 0, parts: [], bytes: 0, gap: true }
  known.set(segment, made)
  return made
}
