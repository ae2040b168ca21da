import { UnavailableError } from '../../base/errors.ts'
import { isSound } from '../../media/sound.ts'
import type { Presentation } from '../../packager/presentation.ts'
import type { Rendition } from '../../packager/rendition.ts'
import type { Segment } from '../../packager/segment.ts'
import { begin, IMMUTABLE, linesOf, notModified, parseRange, refuse, send, slice } from './answer.ts'
import type { Asked, Reply } from './exchange.ts'
import { KnownAnswer, KnownAnswers } from './known-answer.ts'
import { OpenSegments } from './open-segments.ts'
import type { Replies } from './replies.ts'

/**
 * A `free` box (ISO/IEC 14496-12 8.1.2). Players that count segments by the clock ask for more of a connection's before they
 * hear that it is gone, and take a 404 for a failure. Their addresses say whose they are, so that nothing else will ever
 * be there (docs/decisions/0009-dash-numbers-or-a-timeline.md).
 */
const NOTHING = Buffer.from([0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65])

/** Answers with media: initialization sections, parts, and segments, whole or while they grow. The bytes are the packager's. */
export class MediaAnswers {
  readonly #replies: Replies
  readonly #open: OpenSegments
  readonly #known = new KnownAnswers()

  constructor(replies: Replies) {
    this.#replies = replies
    this.#open = new OpenSegments(replies.held, replies.stalled)
  }

  /** @param epoch the presentation's, and behind a dash the connection's */
  answer(req: Asked, res: Reply, presentation: Presentation, name: string, epoch: string, file: string): void {
    // Behind a dash: the discontinuities up to the connection that a DASH Period is of.
    const [origin = '', connection] = epoch.split('-', 2)
    const rendition = presentation.knows(origin) ? presentation.rendition(name) : undefined
    const match = /^(?:init-(\d{1,6})\.mp4|(\d{1,15})(?:\.(\d{1,4}))?\.m4s)$/.exec(file)
    if (rendition === undefined || match === null) {
      this.#replies.notFound(req, res, 'There is no such media.')
      return
    }
    rendition.demand.media++
    const [, init, msnText, partText] = match
    if (init !== undefined) {
      const bytes = rendition.inits[Number(init)]
      this.#sendMedia(req, res, rendition, `${epoch}.${name}.init-${init}`, bytes === undefined ? [] : [bytes])
      return
    }
    const msn = Number(msnText)
    const part = partText === undefined ? undefined : Number(partText)
    const { window } = rendition
    const etag = `${epoch}.${name}.${file}`
    if (this.#isElsewhere(req, res, presentation, rendition, { origin, msn, part, connection, etag })) return
    if (part === undefined) {
      const of = connection === undefined ? undefined : Number(connection)
      this.#segment(req, res, presentation, rendition, etag, { msn, connection: of })
      return
    }
    const bytes = window.segment(msn)?.parts[part]?.bytes
    if (bytes !== undefined) {
      this.#sendMedia(req, res, rendition, etag, [bytes])
      return
    }
    const answer = (): void => this.#sendMedia(req, res, rendition, etag, partBytes(window.segment(msn), part))
    const { next } = window
    // "the Server SHOULD … hold the request until the resource becomes available" for what a preload hint names
    if (next?.msn === msn && next.part === part && !window.ended) {
      this.#replies.wait(req, res, presentation, { window, msn, part, onReached: answer })
    } else answer()
  }

  /**
   * What is not in memory: it is read back from where it is kept, or it is of a process before this one and will never come.
   * @returns false: it is in memory, or still to come
   */
  #isElsewhere(
    req: Asked,
    res: Reply,
    presentation: Presentation,
    rendition: Rendition,
    { origin, msn, part, connection, etag }: Place,
  ): boolean {
    const inMemory = rendition.window.segment(msn)
    if (inMemory?.epoch === origin && inMemory.parts[part ?? 0]?.bytes.byteLength !== 0) return false
    const { keeper } = rendition
    const kept = keeper?.find(msn)
    if (kept?.epoch === origin && kept.closed && !kept.gap && (part ?? 0) < kept.parts.length) {
      void (part === undefined ? keeper?.read(kept) : keeper?.readPart(kept, part))?.then(
        (bytes) => {
          if (!res.destroyed) this.#sendMedia(req, res, rendition, etag, [bytes])
        },
        (error: unknown) => {
          if (res.destroyed) return
          if (error instanceof UnavailableError) this.#replies.unavailable(req, res, 'The disk is busy; ask again.')
          else this.#replies.notFound(req, res, 'This media is no longer kept.')
        },
      )
      return true
    }
    if (origin === presentation.epoch) return false
    // Players that count by the clock ask on for a while; those numbers were never used in that epoch.
    const known = kept?.epoch === origin || inMemory?.epoch === origin || msn < (keeper?.past[0]?.msn ?? msn)
    if (connection !== undefined && !known) this.#sendMedia(req, res, rendition, etag, [NOTHING])
    else this.#replies.notFound(req, res, 'This media is no longer kept.')
    return true
  }

  /** A whole segment; who asks while it grows gets its parts as they come. */
  #segment(
    req: Asked,
    res: Reply,
    presentation: Presentation,
    rendition: Rendition,
    name: string,
    wanted: Wanted,
  ): void {
    const { msn } = wanted
    const { window } = rendition
    const answer = (): void => {
      const segment = window.segment(msn)
      if (comesNever(presentation, rendition, wanted)) this.#sendMedia(req, res, rendition, name, [NOTHING])
      else if (segment !== undefined && !segment.closed && segment.parts.length > 0)
        this.#sendOpen(req, res, presentation, rendition, name, segment)
      else this.#sendMedia(req, res, rendition, name, segment?.closed ? segment.parts.map(({ bytes }) => bytes) : [])
    }
    const there = (window.segment(msn)?.parts.length ?? 0) > 0 || comesNever(presentation, rendition, wanted)
    const ahead = msn - (window.next?.msn ?? Number.POSITIVE_INFINITY)
    // A DASH player counts by the clock, and may be a little early.
    if (there || window.ended || (ahead !== 0 && ahead !== 1)) answer()
    else this.#replies.wait(req, res, presentation, { window, msn, part: 0, onReached: answer })
  }

  #sendMedia(req: Asked, res: Reply, rendition: Rendition, name: string, chunks: readonly Uint8Array[]): void {
    if (chunks.length === 0) {
      this.#replies.notFound(req, res, 'This media is no longer kept, or is still to come.')
      return
    }
    this.#replies.counters.media++
    const [only] = chunks
    const { headers: asked } = req
    if (chunks.length === 1 && only && asked.range === undefined && asked['if-none-match'] === undefined) {
      const answer = this.#known.get(only, name) ?? this.#known.keep(knownMedia(rendition, name, only))
      answer.send(req, res)
      this.#replies.counters.bytes += only.byteLength
      this.#replies.stalled.watch(res)
      return
    }
    const etag = `"${name}"`
    const headers = [...mediaHeaders(rendition, etag), RANGES] as const
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
    this.#replies.counters.bytes += length
    this.#replies.stalled.watch(res)
  }

  #sendOpen(
    req: Asked,
    res: Reply,
    presentation: Presentation,
    rendition: Rendition,
    name: string,
    segment: Segment,
  ): void {
    this.#replies.counters.streamed++
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
        mostWaiting: req.mostWaiting,
        longestMs,
      })
      if (!streams) this.#replies.unavailable(req, res, 'Too many requests wait for media.')
    }
  }
}

const RANGES = ['accept-ranges', 'bytes'] as const

const knownMedia = (rendition: Rendition, name: string, bytes: Uint8Array): KnownAnswer =>
  new KnownAnswer(name, linesOf([...mediaHeaders(rendition, `"${name}"`), RANGES]), bytes)

const mediaHeaders = (rendition: Rendition, etag: string) =>
  [
    ['content-type', isSound(rendition.track.codec) ? 'audio/mp4' : 'video/mp4'],
    ['cache-control', IMMUTABLE],
    ['etag', etag],
  ] as const

/** What an address says. */
type Place = {
  readonly origin: string
  readonly msn: number
  readonly part: number | undefined
  readonly connection: string | undefined
  readonly etag: string
}

/** A segment, for DASH as one of a certain connection. */
type Wanted = { readonly msn: number; readonly connection: number | undefined }

/** The track has nothing in this segment, or the connection is gone and its last segment lies before this one. */
function comesNever(presentation: Presentation, rendition: Rendition, { msn, connection }: Wanted): boolean {
  if (connection === undefined) return false
  const { window } = rendition
  const segment = window.segment(msn)
  if (segment !== undefined) {
    return segment.gap || rendition.isStoodIn(segment) || segment.cut.discontinuitySequence > connection
  }
  const { newestCut } = presentation
  // The next one has begun, even if nothing of it is shown yet.
  if (newestCut !== undefined && msn >= newestCut.msn && newestCut.discontinuitySequence > connection) return true
  const last = window.segment(window.edge?.msn ?? -1)
  if (last === undefined || msn <= last.msn || last.cut.discontinuitySequence < connection) return false
  return last.cut.discontinuitySequence > connection || !presentation.flowing
}

const partBytes = (segment: Segment | undefined, part: number): readonly Uint8Array[] => {
  const bytes = segment?.parts[part]?.bytes
  return bytes === undefined ? [] : [bytes]
}
