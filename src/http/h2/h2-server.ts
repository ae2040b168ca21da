import type { Server } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Asked, Reply } from '../../deliver/edge/exchange.ts'
import { H2Connection, type H2Limits } from './connection.ts'
import { handOver } from './hand-over.ts'
import type { H2Stream } from './stream.ts'

export type H2ServerOptions = {
  /** @returns false when the request is not the edge's */
  readonly edge: { handleMedia(request: Asked, reply: Reply): boolean }
  /** Answers everything else. */
  readonly server: Server
  readonly limits: H2Limits
}

/** How often connections are looked through for those that take too long. */
const LOOK_MS = 2000
/** FLV has no end and no length, and is written for connections of HTTP/1.1. */
const FLV = /\.flv(?:\?|$)/

/** Speaks HTTP/2 with connections whose TLS agreed on it. */
export class H2Server {
  readonly #options: H2ServerOptions
  readonly #connections = new Set<H2Connection>()
  #look: NodeJS.Timeout | undefined

  constructor(options: H2ServerOptions) {
    this.#options = options
  }

  take(socket: TLSSocket): void {
    const connection = new H2Connection(socket, {
      limits: this.#options.limits,
      onRequest: (stream, from) => this.#onRequest(stream, from),
      onClosed: (closed) => this.#forget(closed),
    })
    this.#connections.add(connection)
    this.#look ??= setInterval(() => this.#check(), LOOK_MS).unref()
    connection.open()
  }

  /** Streams are answered, connections then end. */
  goAway(): void {
    for (const connection of this.#connections) connection.goAway()
  }

  describe(): { readonly connections: number; readonly streams: number } {
    let streams = 0
    for (const connection of this.#connections) streams += connection.streams
    return { connections: this.#connections.size, streams }
  }

  #onRequest(stream: H2Stream, connection: H2Connection): void {
    const { edge, server } = this.#options
    if (!FLV.test(stream.url) && edge.handleMedia(stream, stream)) return
    handOver(stream, connection, server)
  }

  #check(): void {
    const now = performance.now()
    for (const connection of this.#connections) connection.check(now)
  }

  #forget(connection: H2Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size > 0) return
    clearInterval(this.#look)
    this.#look = undefined
  }
}
