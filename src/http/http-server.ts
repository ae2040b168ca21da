import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isLoopbackAddress } from '../base/loopback-address.ts'
import { networkOf } from './address.ts'
import type { Http } from './build-http.ts'
import type { HttpSettings } from './settings.ts'

/** Answers hot media requests at once, before anything else looks at them. */
export type Edge = {
  /** @returns false when the request is not the edge's, which then has not been touched */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** The same for what wants to be a WebSocket. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
}

export type HttpServerOptions = {
  readonly http: Http
  readonly edge?: Edge | undefined
  readonly limits: HttpSettings['http']
  /** Whoever connects may administrate: for `run.sock`. */
  readonly local?: boolean
}

/** Longer than a segment lasts, so that players keep their connection between two of them. */
const KEEP_ALIVE_MS = 65_000
const REQUEST_MS = 30_000

/** A node:http server with our limits: the edge first, all else to Fastify. It doesn't listen yet. */
export function makeHttpServer({ http, edge, limits, local = false }: HttpServerOptions): Server {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 2000,
    noDelay: true,
    // Offers of other protocols (h2c) are no upgrade: the request is answered as it is.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  })
  server.maxHeadersCount = 100
  applyLimits(server, limits)
  if (local) server.on('connection', (socket: Socket) => http.trust(socket))
  else limitPerAddress(server, limits)
  server.on('request', (request, response) => {
    if (edge?.handle(request, response) !== true) http.handler(request, response)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (edge?.upgrade?.(request, socket, head) !== true) http.upgrade(request, socket, head)
  })
  return server
}

/** What a running server is told when its limits are others; that of an address it looks up itself. */
export function applyLimits(server: Server, { connections, headerSeconds, headerBytes }: HttpSettings['http']): void {
  server.maxConnections = connections
  server.headersTimeout = headerSeconds * 1000
  // Of a whole request with its body; answers may take as long as they do.
  server.requestTimeout = Math.max(REQUEST_MS, headerSeconds * 1000)
  // Node reads it at each new connection; its types don't know that it is there.
  Object.assign(server, { maxHeaderSize: headerBytes })
}

function limitPerAddress(server: Server, limits: Pick<HttpSettings['http'], 'connectionsPerAddress'>): void {
  const counts = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    if (isLoopbackAddress(socket.remoteAddress)) return
    const address = networkOf(socket.remoteAddress)
    const count = (counts.get(address) ?? 0) + 1
    if (count > limits.connectionsPerAddress) {
      socket.destroy()
      return
    }
    counts.set(address, count)
    socket.once('close', () => {
      const left = (counts.get(address) ?? 1) - 1
      if (left === 0) counts.delete(address)
      else counts.set(address, left)
    })
  })
}
