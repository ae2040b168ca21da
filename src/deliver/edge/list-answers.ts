import type { Presentation } from '../../packager/presentation.ts'
import { Manifests } from '../dash/manifests.ts'
import { asksForRewind, type DeliveryDirectives, parseDirectives } from '../hls/delivery-directives.ts'
import { MediaPlaylists } from '../hls/media-playlists.ts'
import { multivariantPlaylist } from '../hls/multivariant.ts'
import { RewindPlaylists } from '../hls/rewind-playlists.ts'
import { RenderedText } from '../rendered-text.ts'
import { A_SECOND, linesOf, notModified, send } from './answer.ts'
import type { Asked, Reply } from './exchange.ts'
import { KnownAnswer, KnownAnswers } from './known-answer.ts'
import type { Replies } from './replies.ts'

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl'
const MANIFEST_TYPE = 'application/dash+xml'

/** Answers with what lists media: playlists of HLS, the manifest of DASH. Each is rendered once per change. */
export class ListAnswers {
  readonly #replies: Replies
  readonly #playlists = new MediaPlaylists()
  readonly #rewind = new RewindPlaylists()
  readonly #manifests = new Manifests()
  readonly #known = new KnownAnswers()
  readonly #multivariant = new WeakMap<Presentation, { key: string; live: RenderedText; rewind: RenderedText }>()

  /** What was read last: all who wait ask for the same. */
  #query = ''
  #directives: DeliveryDirectives | string = parseDirectives('')

  constructor(replies: Replies) {
    this.#replies = replies
  }

  /** @param file the last part of the path */
  answer(req: Asked, res: Reply, presentation: Presentation, file: string, query: string): void {
    const rewind = asksForRewind(query)
    if (file === 'index.m3u8') {
      this.#replies.counters.playlist++
      const { [rewind ? 'rewind' : 'live']: text } = this.#renderMultivariant(presentation)
      this.#sendText(req, res, PLAYLIST_TYPE, text, A_SECOND)
      return
    }
    if (file === 'manifest.mpd') {
      this.#manifest(req, res, presentation, rewind)
      return
    }
    const rendition = file.endsWith('.m3u8') ? presentation.rendition(file.slice(0, -5)) : undefined
    if (rendition?.window.playable !== true) {
      this.#replies.notFound(req, res, 'There is no such playlist.')
      return
    }
    rendition.demand.lists++
    const directives = this.#read(query)
    if (typeof directives === 'string') {
      this.#replies.badRequest(req, res, directives)
      return
    }
    const { msn, part, skip } = directives
    const { window } = rendition
    const answer = (): void => {
      // The answer to a blocking request is for its one address; the plain address changes with every part.
      // The end is no answer for long: the next broadcast goes on with these numbers.
      const cache = msn === undefined || window.ended ? A_SECOND : `public, max-age=${presentation.targetDuration * 3}`
      this.#replies.counters.playlist++
      const playlists = rewind ? this.#rewind : this.#playlists
      this.#sendText(req, res, PLAYLIST_TYPE, playlists.render(presentation, rendition, skip), cache)
    }
    if (msn === undefined || window.reached(msn, part)) {
      answer()
      return
    }
    // "greater than the Media Sequence Number of the last Media Segment in the current Playlist plus two … Bad Request"
    if (msn > (window.edge?.msn ?? 0) + 2) {
      this.#replies.badRequest(
        req,
        res,
        `_HLS_msn ${msn} is too far ahead; the newest segment is ${window.edge?.msn ?? 0}`,
      )
      return
    }
    const onReached = (): void => {
      // Let go without what it waits for: the server stops. A cache must not keep that under this address.
      if (window.reached(msn, part)) answer()
      else this.#replies.unavailable(req, res, 'The media this request waited for has not come.')
    }
    this.#replies.wait(req, res, presentation, { window, msn, part, onReached })
  }

  #read(query: string): DeliveryDirectives | string {
    if (query !== this.#query) {
      this.#directives = parseDirectives(query)
      this.#query = query
    }
    return this.#directives
  }

  #manifest(req: Asked, res: Reply, presentation: Presentation, rewind: boolean): void {
    const manifest = this.#manifests.render(presentation, rewind)
    if (manifest === undefined) {
      this.#waitForSegment(req, res, presentation, () => this.#manifest(req, res, presentation, rewind))
      return
    }
    this.#replies.counters.manifest++
    this.#sendText(req, res, MANIFEST_TYPE, manifest, A_SECOND)
  }

  /** The first manifest is made when a segment is followed by another, and who comes before may ask only once (shaka-player does). */
  #waitForSegment(req: Asked, res: Reply, presentation: Presentation, onReached: () => void): void {
    const windows = presentation.renditions.map(({ window }) => window)
    const next = Math.min(...windows.map(({ shown, open }) => shown[0]?.msn ?? open?.msn ?? 0)) + 1
    const window = windows.find((each) => !each.reached(next, 0))
    if (window === undefined || presentation.ended) {
      this.#replies.notFound(req, res, 'Nothing can be played yet.')
      return
    }
    this.#replies.wait(req, res, presentation, {
      ...{ window, msn: next, part: 0 },
      onReached: () => {
        if (window.reached(next, 0) || presentation.ended) onReached()
        else this.#replies.unavailable(req, res, 'The media this request waited for has not come.')
      },
    })
  }

  #renderMultivariant(presentation: Presentation): { readonly live: RenderedText; readonly rewind: RenderedText } {
    const { revision, captions, renditions, epoch } = presentation
    const key = `${epoch.slice(0, 12)}.${revision}.${captions.size}.${renditions.map(({ window }) => window.lastMsn).join('.')}`
    let cached = this.#multivariant.get(presentation)
    if (cached?.key !== key) {
      cached = {
        key,
        live: new RenderedText(multivariantPlaylist(presentation), `W/"${key}"`),
        rewind: new RenderedText(multivariantPlaylist(presentation, '?dvr=1'), `W/"${key}w"`),
      }
      this.#multivariant.set(presentation, cached)
    }
    return cached
  }

  #sendText(req: Asked, res: Reply, type: string, text: RenderedText, cache: string): void {
    const wanted = String(req.headers['accept-encoding'] ?? '')
    const gzip = wanted === 'gzip' || (wanted !== '' && GZIP.test(wanted))
    if (req.headers['if-none-match'] !== undefined && notModified(req, text.etag)) {
      send(req, res, 304, listHeaders(text, cache), [])
      return
    }
    const body = gzip ? text.gzipped : text.plain
    const answer =
      this.#known.get(body, cache) ??
      this.#known.keep(
        new KnownAnswer(
          cache,
          linesOf([['content-type', type], ...(gzip ? [GZIPPED] : []), ...listHeaders(text, cache)]),
          body,
        ),
      )
    this.#replies.counters.bytes += body.byteLength
    answer.send(req, res)
    this.#replies.stalled.watch(res)
  }
}

const GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/
const GZIPPED = ['content-encoding', 'gzip'] as const

const listHeaders = (text: RenderedText, cache: string) =>
  [
    ['etag', text.etag],
    ['cache-control', cache],
    ['vary', 'accept-encoding'],
  ] as const
