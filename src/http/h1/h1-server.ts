import { Server, type ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import { withSharedReads } from '../../base/shared-reads.ts'
import { H1Connection, type H1Ports } from './connection.ts'

export type H1Options = {
  readonly answer: H1Ports['answer']
  readonly limits: H1Ports['limits']
  /** @returns what to call when a plain connection is closed; undefined: there are too many from there */
  readonly enter: (remoteAddress: string | undefined) => (() => void) | undefined
}

/** How often connections are looked through for those that take too long. */
const LOOK_MS = 2000

type Listener = (socket: Socket) => void

/**
 * A node:http server that reads plain connections itself first, and answers GETs of live media without node:http, whose
 * way from the bytes to a handler and back costs more than all that the edge does (docs/decisions/0028-plain-gets.md). A connection that
 * brings anything else is node:http's from then on. So are those of others (`emit('connection', socket)`), which are known
 * by `encrypted`.
 */
export class H1Server extends Server {
  readonly #options: H1Options
  readonly #connections = new Set<H1Connection>()
  readonly #ports: H1Ports
  #look: NodeJS.Timeout | undefined

  constructor(settings: ServerOptions, options: H1Options) {
    super(settings)
    this.#options = options
    const [byNode] = this.listeners('connection') as Listener[]
    if (byNode === undefined) throw new Error('node:http does not listen for connections')
    this.off('connection', byNode)
    const handOver = (socket: Socket): void => byNode.call(this, socket)
    this.on('connection', (socket: Socket) =>
      'encrypted' in socket ? handOver(socket) : this.#accept(socket, handOver),
    )
    this.#ports = {
      limits: options.limits,
      keepAliveMs: this.keepAliveTimeout,
      stopping: () => !this.listening,
      answer: options.answer,
      handOver: (connection, socket) => {
        this.#forget(connection)
        handOver(socket)
      },
      onClosed: (connection) => this.#forget(connection),
    }
  }

  /** Connections that have brought nothing but GETs of live media yet. */
  get plain(): number {
    return this.#connections.size
  }

  override closeIdleConnections(): void {
    super.closeIdleConnections()
    for (const connection of this.#connections) if (connection.idle) connection.destroy()
  }

  override closeAllConnections(): void {
    super.closeAllConnections()
    for (const connection of this.#connections) connection.destroy()
  }

  #accept(accepted: Socket, handOver: Listener): void {
    const leave = this.#options.enter(accepted.remoteAddress)
    if (leave === undefined) {
      accepted.destroy()
      return
    }
    const connection = new H1Connection(this.#ports)
    const reads = withSharedReads(accepted, (length) => connection.read(length), { allowHalfOpen: true })
    const socket = reads?.socket ?? accepted
    socket.once('close', leave)
    if (reads === undefined) {
      handOver(socket)
      return
    }
    this.#connections.add(connection)
    this.#look ??= setInterval(() => this.#check(), LOOK_MS).unref()
    connection.open(socket)
  }

  #check(): void {
    const now = performance.now()
    for (const connection of this.#connections) connection.check(now)
  }

  #forget(connection: H1Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size > 0) return
    clearInterval(this.#look)
    this.#look = undefined
  }
}
