import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Cmcd, cmcdInQuery, parseCmcd } from '../../formats/cmcd/cmcd.ts'
import type { Packager } from '../../packager/packager.ts'
import type { FlvAnswers } from '../flv/flv-answers.ts'
import type { FlvSockets } from '../flv/flv-sockets.ts'
import { preflight, refuse } from './answer.ts'
import type { Asked, Reply } from './exchange.ts'
import { ListAnswers } from './list-answers.ts'
import { MediaAnswers } from './media-answers.ts'
import { type EdgeLimits, Replies } from './replies.ts'
import { StillAnswers, type StillSource } from './still-answers.ts'

export type EdgeOptions = {
  readonly limits: EdgeLimits
  /** Only the look-up of a channel's presentation is needed. */
  readonly packager: Pick<Packager, 'get'>
  /** Told what a player says of itself with a request (CMCD). */
  readonly onCmcd?: (slug: string, cmcd: Cmcd) => void
  /** Plays as FLV. */
  readonly flv?: { readonly answers: FlvAnswers; readonly sockets: FlvSockets }
  /** Shows pictures of what is on air. */
  readonly stills?: StillSource
}

/** Routes of the edge, with who may use them, for the table of all routes. */
export const EDGE_ROUTES = [
  { method: 'GET', url: '/live/:channel/index.m3u8', access: 'public' },
  { method: 'GET', url: '/live/:channel/:rendition.m3u8', access: 'public' },
  { method: 'GET', url: '/live/:channel/manifest.mpd', access: 'public' },
  { method: 'GET', url: '/live/:channel/:rendition/:epoch/:file', access: 'public' },
  { method: 'GET', url: '/live/:channel.flv', access: 'public' },
  { method: 'GET', url: '/live/:channel/poster.jpg', access: 'public' },
  { method: 'GET', url: '/live/:channel/storyboard.vtt', access: 'public' },
  { method: 'GET', url: '/live/:channel/storyboard/:epoch/:file', access: 'public' },
] as const

const PREFIX = '/live/'

/**
 * Answers every hot GET of live media from memory; what it doesn't know it leaves to the next handler. It does no work
 * per viewer but writing: playlists are rendered once per change, media bytes are those that the packager made.
 */
export class Edge {
  readonly #packager: Pick<Packager, 'get'>
  readonly #onCmcd: EdgeOptions['onCmcd']
  readonly #flv: EdgeOptions['flv']
  readonly #replies: Replies
  readonly #lists: ListAnswers
  readonly #media: MediaAnswers
  readonly #stills: StillAnswers | undefined

  constructor(options: EdgeOptions) {
    this.#packager = options.packager
    this.#onCmcd = options.onCmcd
    this.#flv = options.flv
    this.#replies = new Replies(options.limits)
    this.#lists = new ListAnswers(this.#replies)
    this.#media = new MediaAnswers(this.#replies)
    this.#stills = options.stills === undefined ? undefined : new StillAnswers(this.#replies, options.stills)
  }

  /** Answers by kind, since the start. */
  get counters(): Replies['counters'] {
    return this.#replies.counters
  }

  describe(): Readonly<Record<string, number>> {
    return this.#replies.describe()
  }

  stop(): void {
    this.#replies.stop()
  }

  /** @returns false if the request is none of the edge's: the caller answers it */
  handle(req: IncomingMessage, res: ServerResponse): boolean {
    const match = FLV_ADDRESS.exec(req.url ?? '')
    if (match === null || this.#flv === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) {
      return this.handleMedia(req, res)
    }
    this.#replies.counters.flv++
    void this.#flv.answers.answer(req, res, match[1] ?? '', match[2] ?? '')
    return true
  }

  /** Without FLV, which goes over connections of HTTP/1.1. @returns false if the request is none of the edge's */
  handleMedia(req: Asked, res: Reply): boolean {
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
    const [first = ''] = path
    const presentation = this.#packager.get(first)
    if (presentation !== undefined && this.#onCmcd !== undefined) {
      const cmcd = cmcdOf(query, req.headers)
      if (cmcd !== undefined) this.#onCmcd(presentation.slug, cmcd)
    }
    // They go by what is on air, packaged or not.
    if (this.#stills?.answer(req, res, path) === true) return true
    if (presentation?.ready !== true) this.#replies.notFound(req, res, 'This channel is not live.')
    else if (path.length === 2) this.#lists.answer(req, res, presentation, path[1] ?? '', query)
    else if (path.length === 4) this.#media.answer(req, res, presentation, path[1] ?? '', path[2] ?? '', path[3] ?? '')
    else this.#replies.notFound(req, res, 'There is nothing at this address.')
    return true
  }

  /** @returns false if the WebSocket is none of the edge's */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const match = FLV_ADDRESS.exec(req.url ?? '')
    if (match === null || this.#flv === undefined) return false
    const [, slug = '', query = ''] = match
    this.#replies.counters.flv++
    this.#flv.sockets.upgrade(req, socket, head, slug, query)
    return true
  }
}

/** The channel of `/live/<channel>.flv`, and the query. */
const FLV_ADDRESS = /^\/live\/([^/?]*)\.flv(?:\?(.*))?$/

/** What the player says of itself: in the query, or in headers. Most say nothing, which costs three looks. */
function cmcdOf(query: string, headers: IncomingMessage['headers']): Cmcd | undefined {
  const inQuery = query === '' ? undefined : cmcdInQuery(query)
  if (inQuery !== undefined) return parseCmcd(inQuery)
  const request = headers['cmcd-request']
  const status = headers['cmcd-status']
  return request === undefined && status === undefined ? undefined : parseCmcd(`${request ?? ''},${status ?? ''}`)
}
