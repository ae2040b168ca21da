import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Cmcd, cmcdInQuery, parseCmcd } from '../../formats/cmcd/cmcd.ts'
import type { LiveWindow, Segment } from '../../packager/live-window.ts'
import type { Packager } from '../../packager/packager.ts'
import type { Presentation } from '../../packager/presentation.ts'
import type { Rendition } from '../../packager/rendition.ts'
import { Manifests } from '../dash/manifests.ts'
import { parseDirectives } from '../hls/delivery-directives.ts'
import { MediaPlaylists } from '../hls/media-playlists.ts'
import { multivariantPlaylist } from '../hls/multivariant.ts'
import { RenderedText } from '../rendered-text.ts'
import { A_SECOND, begin, IMMUTABLE, notModified, parseRange, preflight, refuse, send, slice } from './answer.ts'
import { HeldRequests, type Hold } from './held-requests.ts'
import { OpenSegments } from './open-segments.ts'
import { StalledWrites } from './stalled-writes.ts'

export type EdgeOptions = {
  /** Only the look-up of a channel's presentation is needed. */
  readonly packager: Pick<Packager, 'get'>
  /** Requests that may wait for media at the same time. */
  readonly maxWaiting: number
  /** How long a client may take for an answer. */
  readonly stalledSeconds: number
  /** Told what a player says of itself with a request (CMCD). */
  readonly onCmcd?: (slug: string, cmcd: Cmcd) => void
}

/** Routes of the edge, with who may use them, for the table of all routes. */
export const EDGE_ROUTES = [
  { method: 'GET', url: '/live/:channel/index.m3u8', access: 'public' },
  { method: 'GET', url: '/live/:channel/:rendition.m3u8', access: 'public' },
  { method: 'GET', url: '/live/:channel/manifest.mpd', access: 'public' },
  { method: 'GET', url: '/live/:channel/:rendition/:epoch/:file', access: 'public' },
] as const

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl'
const MANIFEST_TYPE = 'application/dash+xml'
const PREFIX = '/live/'
/**
 * A `free` box (ISO/IEC 14496-12 8.1.2). Players that count segments by the clock ask for more of a connection's before they
 * hear that it is gone, and take a 404 for a failure. Their addresses say whose they are, so that nothing else will ever
 * be there (docs/decisions/0006-dash-numbers-or-a-timeline.md).
 */
const NOTHING = Buffer.from([0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65])

/**
 * Answers every hot GET of live media from memory; what it doesn't know it leaves to the next handler. It does no work
 * per viewer but writing: playlists are rendered once per change, media bytes are those that the packager made.
 */
export class Edge {
  readonly #packager: Pick<Packager, 'get'>
  readonly #onCmcd: EdgeOptions['onCmcd']
  readonly #held: HeldRequests
  readonly #stalled: StalledWrites
  readonly #open: OpenSegments
  readonly #playlists = new MediaPlaylists()
  readonly #manifests = new Manifests()
  readonly #multivariant = new WeakMap<Presentation, { key: string; rendered: RenderedText }>()
  /** Answers by kind, since the start. */
  readonly counters = { playlist: 0, manifest: 0, media: 0, streamed: 0, notFound: 0, badRequest: 0, bytes: 0 }

  constructor(options: EdgeOptions) {
    this.#packager = options.packager
    this.#onCmcd = options.onCmcd
    this.#held = new HeldRequests(options.maxWaiting)
    this.#stalled = new StalledWrites(options.stalledSeconds)
    this.#open = new OpenSegments(this.#held, this.#stalled)
  }

  describe(): Readonly<Record<string, number>> {
    const { count: waiting, released, tooLate, refused } = this.#held
    return {
      ...this.counters,
      waiting,
      released,
      tooLate,
      refused,
      writing: this.#stalled.count,
      stalled: this.#stalled.destroyed,
    }
  }

  stop(): void {
    this.#held.stop()
    this.#stalled.stop()
  }

  /** @returns false if the request is none of the edge's: the caller answers it */
  handle(req: IncomingMessage, res: ServerResponse): boolean {
    const url = req.url ?? ''
    if (!url.startsWith(PREFIX)) return false
    if (req.method === 'OPTIONS') {
      preflight(req, res)
      return true
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      refuse(req, res, 405, 'Live media is read with GET.', [['allow', 'GET, HEAD, OPTIONS']])
      return true
    }
    const question = url.indexOf('?')
    const path = url.slice(PREFIX.length, question < 0 ? undefined : question).split('/', 5)
    const query = question < 0 ? '' : url.slice(question + 1)
    const presentation = this.#packager.get(path[0] ?? '')
    if (presentation !== undefined && this.#onCmcd !== undefined) {
      const cmcd = cmcdOf(query, req.headers)
      if (cmcd !== undefined) this.#onCmcd(presentation.slug, cmcd)
    }
    if (presentation?.ready !== true) this.#notFound(req, res, 'This channel is not live.')
    else if (path.length === 2) this.#playlist(req, res, presentation, path[1] ?? '', query)
    else if (path.length === 4) this.#media(req, res, presentation, path[1] ?? '', path[2] ?? '', path[3] ?? '')
    else this.#notFound(req, res, 'There is nothing at this address.')
    return true
  }

  #playlist(req: IncomingMessage, res: ServerResponse, presentation: Presentation, file: string, query: string): void {
    if (file === 'index.m3u8') {
      this.counters.playlist++
      this.#sendText(req, res, PLAYLIST_TYPE, this.#renderMultivariant(presentation), A_SECOND)
      return
    }
    if (file === 'manifest.mpd') {
      this.#manifest(req, res, presentation)
      return
    }
    const rendition = file.endsWith('.m3u8') ? presentation.rendition(file.slice(0, -5)) : undefined
    if (rendition?.window.playable !== true) {
      this.#notFound(req, res, 'There is no such playlist.')
      return
    }
    const directives = parseDirectives(query)
    if (typeof directives === 'string') {
      this.#badRequest(req, res, directives)
      return
    }
    const { msn, part, skip } = directives
    const { window } = rendition
    const answer = (): void => {
      // The answer to a blocking request is for its one address; the plain address changes with every part.
      // The end is no answer for long: the next broadcast goes on with these numbers.
      const cache = msn === undefined || window.ended ? A_SECOND : `public, max-age=${presentation.targetDuration * 3}`
      this.counters.playlist++
      this.#sendText(req, res, PLAYLIST_TYPE, this.#playlists.render(presentation, rendition, skip), cache)
    }
    if (msn === undefined || window.reached(msn, part)) {
      answer()
      return
    }
    // "greater than the Media Sequence Number of the last Media Segment in the current Playlist plus two … Bad Request"
    if (msn > (window.edge?.msn ?? 0) + 2) {
      this.#badRequest(req, res, `_HLS_msn ${msn} is too far ahead; the newest segment is ${window.edge?.msn ?? 0}`)
      return
    }
    const onReached = (): void => {
      // Let go without what it waits for: the server stops. A cache must not keep that under this address.
      if (window.reached(msn, part)) answer()
      else this.#unavailable(req, res, 'The media this request waited for has not come.')
    }
    this.#wait(req, res, presentation, { window, msn, part, onReached })
  }

  #manifest(req: IncomingMessage, res: ServerResponse, presentation: Presentation): void {
    const manifest = this.#manifests.render(presentation)
    if (manifest === undefined) {
      this.#notFound(req, res, 'Nothing can be played yet.')
      return
    }
    this.counters.manifest++
    this.#sendText(req, res, MANIFEST_TYPE, manifest, A_SECOND)
  }

  #media(
    req: IncomingMessage,
    res: ServerResponse,
    presentation: Presentation,
    name: string,
    epoch: string,
    file: string,
  ): void {
    // Behind a dash: the discontinuities up to the connection that a DASH Period is of.
    const [origin, connection] = epoch.split('-', 2)
    const rendition = origin === presentation.epoch ? presentation.rendition(name) : undefined
    const match = /^(?:init-(\d{1,6})\.mp4|(\d{1,15})(?:\.(\d{1,4}))?\.m4s)$/.exec(file)
    if (rendition === undefined || match === null) {
      this.#notFound(req, res, 'There is no such media.')
      return
    }
    const [, init, msnText, partText] = match
    if (init !== undefined) {
      const bytes = rendition.inits[Number(init)]
      this.#sendMedia(req, res, rendition, `${epoch}.${name}.init-${init}`, bytes === undefined ? [] : [bytes])
      return
    }
    const msn = Number(msnText)
    const part = partText === undefined ? undefined : Number(partText)
    const { window } = rendition
    if (part === undefined) {
      const of = connection === undefined ? undefined : Number(connection)
      this.#segment(req, res, presentation, rendition, `${epoch}.${name}.${file}`, { msn, connection: of })
      return
    }
    const answer = (): void =>
      this.#sendMedia(req, res, rendition, `${epoch}.${name}.${file}`, partBytes(window.segment(msn), part))
    const { next } = window
    // "the Server SHOULD … hold the request until the resource becomes available" for what a preload hint names
    if (next?.msn === msn && next.part === part && !window.ended) {
      this.#wait(req, res, presentation, { window, msn, part, onReached: answer })
    } else answer()
  }

  /** A whole segment; who asks while it grows gets its parts as they come. */
  #segment(
    req: IncomingMessage,
    res: ServerResponse,
    presentation: Presentation,
    rendition: Rendition,
    name: string,
    wanted: Wanted,
  ): void {
    const { msn } = wanted
    const { window } = rendition
    const answer = (): void => {
      const segment = window.segment(msn)
      if (comesNever(presentation, window, wanted)) this.#sendMedia(req, res, rendition, name, [NOTHING])
      else if (segment !== undefined && !segment.closed && segment.parts.length > 0)
        this.#sendOpen(req, res, presentation, rendition, name, segment)
      else this.#sendMedia(req, res, rendition, name, segment?.closed ? segment.parts.map(({ bytes }) => bytes) : [])
    }
    const there = (window.segment(msn)?.parts.length ?? 0) > 0 || comesNever(presentation, window, wanted)
    const ahead = msn - (window.next?.msn ?? Number.POSITIVE_INFINITY)
    // A DASH player counts by the clock, and may be a little early.
    if (there || window.ended || (ahead !== 0 && ahead !== 1)) answer()
    else this.#wait(req, res, presentation, { window, msn, part: 0, onReached: answer })
  }

  #wait(
    req: IncomingMessage,
    res: ServerResponse,
    presentation: Presentation,
    what: Pick<Hold, 'window' | 'msn' | 'part' | 'onReached'>,
  ): void {
    const held = this.#held.hold({
      ...what,
      socket: req.socket,
      res,
      // "If the Server … blocks for more than three Target Durations … SHOULD return 503"
      longestMs: presentation.targetDuration * 3000,
      onTooLate: () => this.#unavailable(req, res, 'The media this request waited for has not come.'),
    })
    if (!held) this.#unavailable(req, res, 'Too many requests wait for media.')
  }

  #renderMultivariant(presentation: Presentation): RenderedText {
    const { revision, captions, renditions } = presentation
    const key = `${revision}.${captions.size}.${renditions.map(({ window }) => window.lastMsn).join('.')}`
    let cached = this.#multivariant.get(presentation)
    if (cached?.key !== key) {
      cached = { key, rendered: new RenderedText(multivariantPlaylist(presentation), `W/"${key}"`) }
      this.#multivariant.set(presentation, cached)
    }
    return cached.rendered
  }

  #sendText(req: IncomingMessage, res: ServerResponse, type: string, text: RenderedText, cache: string): void {
    const headers = [
      ['etag', text.etag],
      ['cache-control', cache],
      ['vary', 'accept-encoding'],
    ] as const
    if (notModified(req, text.etag)) {
      send(req, res, 304, headers, [])
      return
    }
    const gzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(req.headers['accept-encoding'] ?? ''))
    const body = gzip ? text.gzipped : text.plain
    this.counters.bytes += body.byteLength
    send(
      req,
      res,
      200,
      [['content-type', type], ...(gzip ? [['content-encoding', 'gzip'] as const] : []), ...headers],
      [body],
    )
    this.#stalled.watch(res)
  }

  #sendMedia(
    req: IncomingMessage,
    res: ServerResponse,
    rendition: Rendition,
    name: string,
    chunks: readonly Uint8Array[],
  ): void {
    if (chunks.length === 0) {
      this.#notFound(req, res, 'This media is no longer kept, or is still to come.')
      return
    }
    this.counters.media++
    const etag = `"${name}"`
    const headers = [...mediaHeaders(rendition, etag), ['accept-ranges', 'bytes']] as const
    if (notModified(req, etag)) {
      send(req, res, 304, headers, [])
      return
    }
    let length = 0
    for (const chunk of chunks) length += chunk.byteLength
    const ifRange = req.headers['if-range']
    // Range means something to GET alone (RFC 9110 14.2).
    const range =
      req.method === 'GET' && (ifRange === undefined || ifRange === etag)
        ? parseRange(req.headers.range, length)
        : undefined
    if (range === 'unsatisfiable')
      refuse(req, res, 416, 'There are no such bytes.', [['content-range', `bytes */${length}`]])
    else if (range === undefined) send(req, res, 200, headers, chunks)
    else
      send(
        req,
        res,
        206,
        [...headers, ['content-range', `bytes ${range.first}-${range.last}/${length}`]],
        slice(chunks, range.first, range.last),
      )
    this.counters.bytes += length
    this.#stalled.watch(res)
  }

  #sendOpen(
    req: IncomingMessage,
    res: ServerResponse,
    presentation: Presentation,
    rendition: Rendition,
    name: string,
    segment: Segment,
  ): void {
    this.counters.streamed++
    const etag = `"${name}"`
    const headers = mediaHeaders(rendition, etag)
    // Its length isn't known yet, so that ranges of it mean nothing: who asks for one gets the whole.
    if (notModified(req, etag)) send(req, res, 304, headers, [])
    else if (req.method === 'HEAD') begin(res, headers).end()
    else {
      const longestMs = presentation.targetDuration * 3000
      const streams = this.#open.stream({
        res,
        headers,
        window: rendition.window,
        segment,
        socket: req.socket,
        longestMs,
      })
      if (!streams) this.#unavailable(req, res, 'Too many requests wait for media.')
    }
  }

  #unavailable(req: IncomingMessage, res: ServerResponse, words: string): void {
    refuse(req, res, 503, words, [['retry-after', '1']])
  }

  #notFound(req: IncomingMessage, res: ServerResponse, words: string): void {
    this.counters.notFound++
    refuse(req, res, 404, words)
  }

  #badRequest(req: IncomingMessage, res: ServerResponse, words: string): void {
    this.counters.badRequest++
    refuse(req, res, 400, words)
  }
}

const mediaHeaders = (rendition: Rendition, etag: string) =>
  [
    ['content-type', rendition.track.codec.kind === 'aac' ? 'audio/mp4' : 'video/mp4'],
    ['cache-control', IMMUTABLE],
    ['etag', etag],
  ] as const

/** A segment, for DASH as one of a certain connection. */
type Wanted = { readonly msn: number; readonly connection: number | undefined }

/** The connection is gone, and its last segment lies before this one. */
function comesNever(presentation: Presentation, window: LiveWindow, { msn, connection }: Wanted): boolean {
  if (connection === undefined) return false
  const segment = window.segment(msn)
  if (segment !== undefined) return segment.cut.discontinuitySequence > connection
  const last = window.segment(window.edge?.msn ?? -1)
  if (last === undefined || msn <= last.msn || last.cut.discontinuitySequence < connection) return false
  return last.cut.discontinuitySequence > connection || !presentation.flowing
}

const partBytes = (segment: Segment | undefined, part: number): readonly Uint8Array[] => {
  const bytes = segment?.parts[part]?.bytes
  return bytes === undefined ? [] : [bytes]
}

/** What the player says of itself: in the query, or in headers. Most say nothing, which costs three looks. */
function cmcdOf(query: string, headers: IncomingMessage['headers']): Cmcd | undefined {
  const inQuery = query === '' ? undefined : cmcdInQuery(query)
  if (inQuery !== undefined) return parseCmcd(inQuery)
  const request = headers['cmcd-request']
  const status = headers['cmcd-status']
  return request === undefined && status === undefined ? undefined : parseCmcd(`${request ?? ''},${status ?? ''}`)
}
