import { createHash } from 'node:crypto'
import { type Header, IMMUTABLE, notModified, send } from './answer.ts'
import type { Asked, Reply } from './exchange.ts'
import type { Replies } from './replies.ts'

/** Pictures of what is on air; `src/transcode/stills` makes them. */
export type StillSource = {
  /** The newest picture of a channel. */
  poster(slug: string): Promise<{ readonly jpeg: Uint8Array } | undefined>
  /** WebVTT that names the small ones. */
  storyboard(slug: string): Promise<string | undefined>
  /** Whether one of these that isn't there may come soon. */
  expects(slug: string, what: 'poster' | 'storyboard'): boolean
  thumbnail(slug: string, epoch: string, number: number): Uint8Array | undefined
}

/** With the eight seconds that a picture may be old when it is sent, ten at most. */
const A_MOMENT: Header = ['cache-control', 'public, max-age=2']
const JPEG: Header = ['content-type', 'image/jpeg']
const VTT: Header = ['content-type', 'text/vtt; charset=utf-8']

/** Answers with stills and storyboards. */
export class StillAnswers {
  readonly #replies: Replies
  readonly #source: StillSource

  constructor(replies: Replies, source: StillSource) {
    this.#replies = replies
    this.#source = source
  }

  /** @param path behind `/live/` @returns false: it is none of these addresses */
  answer(req: Asked, res: Reply, path: readonly string[]): boolean {
    const [slug = '', name, epoch = '', file = ''] = path
    if (path.length === 2 && name === 'poster.jpg') {
      const jpeg = this.#source.poster(slug).then((still) => still?.jpeg)
      void this.#later(req, res, JPEG, jpeg, () => this.#source.expects(slug, 'poster'))
    } else if (path.length === 2 && name === 'storyboard.vtt') {
      const text = this.#source.storyboard(slug).then((vtt) => (vtt === undefined ? undefined : Buffer.from(vtt)))
      void this.#later(req, res, VTT, text, () => this.#source.expects(slug, 'storyboard'))
    } else if (path.length === 4 && name === 'storyboard') {
      const [, number] = /^(\d{1,9})\.jpg$/.exec(file) ?? []
      const jpeg = number === undefined ? undefined : this.#source.thumbnail(slug, epoch, Number(number))
      if (jpeg === undefined) this.#replies.notFound(req, res, 'There is no such picture.')
      else this.#send(req, res, [JPEG, ['cache-control', IMMUTABLE], ['etag', `"${epoch}.${number}"`]], jpeg)
    } else return false
    return true
  }

  async #later(
    req: Asked,
    res: Reply,
    type: Header,
    bytes: Promise<Uint8Array | undefined>,
    mayCome: () => boolean,
  ): Promise<void> {
    const body = await bytes.catch(() => undefined)
    if (res.destroyed) return
    if (body === undefined) {
      if (mayCome()) this.#replies.unavailable(req, res, 'The first picture of this broadcast is still to come.')
      else this.#replies.notFound(req, res, 'There is no picture of this channel now.')
      return
    }
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
    this.#send(req, res, [type, A_MOMENT, ['etag', etag]], body)
  }

  #send(req: Asked, res: Reply, headers: readonly Header[], body: Uint8Array): void {
    this.#replies.counters.still++
    const [, etag = ''] = headers.find(([name]) => name === 'etag') ?? []
    if (notModified(req, String(etag))) {
      send(req, res, 304, headers, [])
      return
    }
    send(req, res, 200, headers, [body])
    this.#replies.counters.bytes += body.byteLength
    this.#replies.stalled.watch(res)
  }
}
