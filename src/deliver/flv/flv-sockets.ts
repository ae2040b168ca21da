import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { NotFoundError, RefusedError } from '../../base/errors.ts'
import { writeAll } from './flv-answers.ts'
import { WEBSOCKET_FLV } from './layouts.ts'
import type { Players } from './players.ts'
import type { Outlet } from './viewer.ts'

/** Close codes of RFC 6455 section 7.4.1, and the page's own for "not found". */
const NORMAL = 1000
const GOING_AWAY = 1001
const POLICY = 1008
const TRY_LATER = 1013
const NOT_FOUND = 4404

/** A player says nothing: what a control frame may hold. */
const LONGEST_MESSAGE = 125
/** Pings in all of a connection's minute. */
const PINGS_A_MINUTE = 60
const MINUTE_MS = 60_000

/** WebSocket-FLV: the bytes of HTTP-FLV in binary messages, for players in pages. Any page may, as with all public media. */
export class FlvSockets {
  readonly #players: Players
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LONGEST_MESSAGE,
  })

  constructor(players: Players) {
    this.#players = players
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, slug: string, query: string): void {
    this.#server.handleUpgrade(request, socket, head, (ws) => void this.#play(ws, socket, slug, query))
  }

  async #play(ws: WebSocket, connection: Duplex, slug: string, query: string): Promise<void> {
    listen(ws)
    try {
      const live = await this.#players.find({ slug, query, protocol: 'websocket-flv' })
      if (ws.readyState !== ws.OPEN) return
      const outlet: Outlet = {
        write: (chunks) => {
          if (ws.readyState === ws.OPEN) writeAll(connection, chunks)
        },
        get waiting() {
          return connection.writableLength
        },
        end: (how) =>
          how === 'ended' ? ws.close(NORMAL, 'the broadcast ended') : ws.close(GOING_AWAY, 'the server is stopping'),
        cut: () => ws.terminate(),
      }
      const seat = live.join(WEBSOCKET_FLV, outlet)
      ws.once('close', () => seat.leave())
      if (!(connection instanceof Socket)) return
      connection.setTimeout(this.#players.stalledMs)
      connection.on('timeout', () => {
        if (connection.writableLength === 0) return
        this.#players.stalled()
        ws.terminate()
      })
    } catch (error) {
      if (error instanceof NotFoundError) ws.close(NOT_FOUND, error.message)
      else if (error instanceof RefusedError)
        ws.close(error.code === 'LIMIT' ? TRY_LATER : POLICY, error.message.slice(0, 100))
      else ws.terminate()
    }
  }
}

/** Nothing is expected of the other side, and little is borne. */
function listen(ws: WebSocket): void {
  let pings = 0
  let sinceMs = performance.now()
  ws.on('error', () => ws.terminate())
  ws.on('message', () => ws.close(POLICY, 'players listen'))
  ws.on('ping', () => {
    const nowMs = performance.now()
    if (nowMs - sinceMs > MINUTE_MS) {
      sinceMs = nowMs
      pings = 0
    }
    if (++pings > PINGS_A_MINUTE) ws.terminate()
  })
}
