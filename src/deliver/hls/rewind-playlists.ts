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
    const older = olderSegments(rendition)
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
    return renderMediaPlaylist(playlist, skip, this.#earlier(rendition.name, older, skip))
  }

  #earlier(name: string, older: readonly SegmentFacts[], skip: number): Earlier {
    let text = ''
    let map: string | undefined
    for (let i = skip; i < older.length; i++) {
      const segment = older[i]
      if (segment === undefined) break
      const lines = this.#linesOf(name, segment)
      text += lines.map === map ? lines.following : lines.first
      map = lines.map
    }
    return { count: older.length, text, map }
  }

  #linesOf(name: string, segment: SegmentFacts): Lines {
    const known = this.#lines.get(segment)
    if (known !== undefined && known.gap === segment.gap) return known
    const described = describeSegment(name, segment, [])
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
