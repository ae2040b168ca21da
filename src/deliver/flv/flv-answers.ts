import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { MalformedError } from '../../base/errors.ts'
import { A_SECOND, begin, type Header, send } from '../edge/answer.ts'
import { CHUNKED_FLV, FLV } from './layouts.ts'
import type { LiveFlv, Seat } from './live-flv.ts'
import type { Players } from './players.ts'
import type { Outlet } from './viewer.ts'

const HEADERS: readonly Header[] = [
  ['content-type', 'video/x-flv'],
  // It has no end that a cache could wait for.
  ['cache-control', 'no-store'],
]
/** RFC 9112 7.1: the last chunk, and no trailers. */
const LAST_CHUNK = Buffer.from('0\r\n\r\n', 'latin1')
const RETRY_SECONDS = 5

/** A refusal as RFC 9457 has it. */
export type Refusal = { readonly status: number }

/** HTTP-FLV: one answer that goes on as long as the broadcast does. */
export class FlvAnswers {
  readonly #players: Players
  readonly #refusalOf: (error: unknown) => Refusal

  /** @param refusalOf what is answered instead, in the words that all of HTTP has for it */
  constructor(players: Players, refusalOf: (error: unknown) => Refusal) {
    this.#players = players
    this.#refusalOf = refusalOf
  }

  async answer(req: IncomingMessage, res: ServerResponse, slug: string, query: string): Promise<void> {
    try {
      const live = await this.#players.find({ slug, query, protocol: 'http-flv' })
      if (res.destroyed) return
      if (req.method === 'HEAD') begin(res, HEADERS).end()
      else if (req.httpVersionMajor === 1 && res.socket === null)
        throw new MalformedError('a live stream behind another answer would never come: ask on a connection of its own')
      else if (req.httpVersion === '1.1') this.#playOverSocket(res, live)
      else this.#play(res, live)
    } catch (error) {
      if (res.headersSent) res.destroy()
      else refuse(req, res, this.#refusalOf(error))
    }
  }

  /**
   * HTTP/1.1: chunks are made once for all players and go straight to the connection; the answer itself would make the
   * head of a chunk for each of them.
   */
  #playOverSocket(res: ServerResponse, live: LiveFlv): void {
    const { socket } = res
    if (socket === null) return
    res.shouldKeepAlive = false
    begin(res, [...HEADERS, ['transfer-encoding', 'chunked']]).flushHeaders()
    // From here on the chunks are ours, the last one too.
    res.chunkedEncoding = false
    const write = (chunks: readonly Uint8Array[]): void => writeAll(socket, chunks)
    const end = (): void => {
      socket.write(LAST_CHUNK)
      res.end()
    }
    this.#follow(res, socket, (outlet) => live.join(CHUNKED_FLV, outlet), { write, end, waiting: socket })
  }

  /** HTTP/1.0 and HTTP/2. */
  #play(res: ServerResponse, live: LiveFlv): void {
    begin(res, HEADERS).flushHeaders()
    const write = (chunks: readonly Uint8Array[]): void => {
      for (const chunk of chunks) res.write(chunk)
    }
    const end = (): void => void res.end()
    this.#follow(res, res.socket, (outlet) => live.join(FLV, outlet), { write, end, waiting: res })
  }

  #follow(
    res: ServerResponse,
    socket: Socket | null,
    join: (outlet: Outlet) => Seat,
    to: {
      readonly write: (chunks: readonly Uint8Array[]) => void
      readonly end: () => void
      readonly waiting: { readonly writableLength: number }
    },
  ): void {
    let isOver = false
    const cut = (): void => {
      isOver = true
      res.destroy()
    }
    const outlet: Outlet = {
      write: (chunks) => {
        if (!isOver && !res.destroyed) to.write(chunks)
      },
      get waiting() {
        return to.waiting.writableLength
      },
      end: (how) => {
        if (isOver) return
        // A stream that is cut short looks so: the server stops, and the broadcast may go on.
        if (how === 'stopped') return cut()
        isOver = true
        to.end()
      },
      cut,
    }
    const seat = join(outlet)
    res.once('close', () => seat.leave())
    // Someone must listen, or the server would end the connection of a broadcast that is silent for a while.
    res.on('timeout', () => {
      if (to.waiting.writableLength === 0 || isOver) return
      this.#players.stalled()
      cut()
    })
    socket?.setTimeout(this.#players.stalledMs)
  }
}

/** Several at once in one system call. */
export function writeAll(socket: Pick<Socket, 'cork' | 'uncork' | 'write'>, chunks: readonly Uint8Array[]): void {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) {
    socket.write(only)
    return
  }
  socket.cork()
  for (const chunk of chunks) socket.write(chunk)
  socket.uncork()
}

function refuse(req: IncomingMessage, res: ServerResponse, refusal: Refusal): void {
  const { status } = refusal
  const later = status === 429 || status === 503
  const headers: Header[] = [
    ['content-type', 'application/problem+json'],
    ['cache-control', status === 404 ? A_SECOND : 'no-store'],
  ]
  if (later) headers.push(['retry-after', RETRY_SECONDS])
  send(req, res, status, headers, [Buffer.from(JSON.stringify(refusal))])
}
