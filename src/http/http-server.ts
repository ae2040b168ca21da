import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Asked, Reply } from '../deliver/edge/exchange.ts'
import { AddressLimit } from './address-limit.ts'
import type { Http } from './build-http.ts'
import { type H1Options, H1Server } from './h1/h1-server.ts'
import type { HttpsRedirect } from './https-redirect.ts'
import type { HttpSettings } from './settings.ts'

/** Answers hot media requests at once, before anything else looks at them. */
export type Edge = {
  /** @returns false when the request is not the edge's, which then has not been touched */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** The same for live media asked for by plain GETs, which are then answered without node:http. */
  handleMedia?(request: Asked, reply: Reply): boolean
  /** The same for what wants to be a WebSocket. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
}

export type HttpServerOptions = {
  readonly http: Http
  readonly edge?: Edge | undefined
  readonly limits: HttpSettings['http']
  /** Whoever connects may administrate: for `run.sock`. */
  readonly local?: boolean
  /** Shared with other listeners; left out: of its own. */
  readonly perAddress?: AddressLimit
  /** Sends plain HTTP on to HTTPS. */
  readonly redirect?: Pick<HttpsRedirect, 'handle'> | undefined
}

/** Longer than a segment lasts, so that players keep their connection between two of them. */
const KEEP_ALIVE_MS = 65_000
const REQUEST_MS = 30_000

/**
 * A node:http server with our limits: the edge first, all else to Fastify. It doesn't listen yet, and takes connections of
 * others too (`emit('connection', socket)`), which it knows by `encrypted` for those that came by TLS.
 */
export function makeHttpServer(options: HttpServerOptions): Server {
  const { http, edge, limits, local = false, redirect } = options
  const perAddress = options.perAddress ?? new AddressLimit(limits)
  const settings: ServerOptions = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 2000,
    noDelay: true,
    // Offers of other protocols (h2c) are no upgrade: the request is answered as it is.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  }
  const enter: Enter = (address) => perAddress.enter(address)
  // Who is sent on to HTTPS, and who may administrate, is told by what node:http makes of a request.
  const answer = local || redirect !== undefined ? undefined : edge?.handleMedia?.bind(edge)
  const server = answer === undefined ? createServer(settings) : new H1Server(settings, { answer, limits, enter })
  server.maxHeadersCount = 100
  applyLimits(server, limits)
  if (local) server.on('connection', (socket: Socket) => http.trust(socket))
  else if (!(server instanceof H1Server)) limitPerAddress(server, enter)
  server.on('request', (request, response) => {
    if (redirect?.handle(request, response) === true) return
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

type Enter = H1Options['enter']

function limitPerAddress(server: Server, enter: Enter): void {
  server.on('connection', (socket: Socket) => {
    // Its TCP connection was counted before TLS.
    if ('encrypted' in socket) return
    const leave = enter(socket.remoteAddress)
    if (leave === undefined) socket.destroy()
    else socket.once('close', leave)
  })
}
