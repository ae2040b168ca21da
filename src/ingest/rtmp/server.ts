import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from 'node:net'
import { ConfigError } from '../../base/errors.ts'
import type { Component } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import type { RtmpPlayers } from '../../live/playing.ts'
import type { Authorizer, LiveInput } from '../../live/ports.ts'
import { AddressCounts } from './address-counts.ts'
import { Connection } from './connection.ts'
import { DEFAULT_RTMP_LIMITS, type RtmpLimits } from './limits.ts'
import { ReadTicks } from './read-ticks.ts'

export type RtmpServerOptions = {
  /** `::` means `0.0.0.0` where IPv6 is off. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** `ingest.open`: channels without keys. Refused unless `host` is a loopback address. */
  readonly open?: boolean
  /** They may change: they are read when they matter. */
  readonly limits?: RtmpLimits
  readonly authorizer: Authorizer
  readonly input: LiveInput
  /** Who answers those that want to play; without it nobody can. */
  readonly players?: RtmpPlayers
  /** Whether publishers are read without gathering what they send: asked when one begins. */
  readonly readsAtOnce?: () => boolean
  readonly log: Log
}

const LOOPBACK_HOSTS = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/

/** Accepts RTMP publishers and players. */
export class RtmpServer implements Component {
  readonly name = 'rtmp'
  readonly #options: RtmpServerOptions
  readonly #limits: RtmpLimits
  readonly #log: Log
  readonly #connections = new Set<Connection>()
  readonly #perAddress: AddressCounts
  readonly #ticks = new ReadTicks()
  #server: Server | undefined
  #nextId = 1
  #accepted = 0
  #turnedAway = 0
  #stopping: (() => void) | undefined

  constructor(options: RtmpServerOptions) {
    this.#options = options
    this.#limits = options.limits ?? DEFAULT_RTMP_LIMITS
    this.#perAddress = new AddressCounts(this.#limits)
    this.#log = options.log.child({ component: 'rtmp' })
  }

  /** @throws ConfigError when it can't listen */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { host, port, open } = this.#options
    if (open && !LOOPBACK_HOSTS.test(host)) {
      throw new ConfigError(
        `ingest.open needs ingest.rtmp.host to be a loopback address such as 127.0.0.1; it is ${host}`,
      )
    }
    // Paused, for the connection takes over the reading.
    const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000, pauseOnConnect: true }
    const server = createServer(options, (socket) => this.take(socket))
    try {
      await listen(server, host, port)
    } catch (error) {
      if (host !== '::' || !isNoIPv6(error)) throw listenError(error, host, port)
      await listen(server, '0.0.0.0', port).catch((again: unknown) => {
        throw listenError(again, '0.0.0.0', port)
      })
    }
    // Errors of accepting, such as too many open files: the next peer may fare better.
    server.on('error', (error) => this.#log.warn({ err: error }, 'accepting a connection failed'))
    this.#server = server
    const { address, port: bound } = this.address()
    this.#log.info({ address, port: bound }, `RTMP listens on ${isIPv6(address) ? `[${address}]` : address}:${bound}`)
  }

  async stop(reason: string): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const connection of this.#connections) connection.close(reason)
    if (this.#connections.size > 0) {
      await new Promise<void>((resolve) => {
        this.#stopping = resolve
      })
    }
    await closed
  }

  /** Where it listens. Only between start and stop. */
  address(): AddressInfo {
    const address = this.#server?.address()
    if (address === undefined || address === null || typeof address === 'string')
      throw new Error('RTMP does not listen')
    return address
  }

  /** Reads what publishers have sent by now, instead of at the next tick. */
  readNow(): void {
    this.#ticks.readNow()
  }

  /** A snapshot for metrics and pages. */
  describe(): {
    readonly accepted: number
    /** Over a connection limit. */
    readonly turnedAway: number
    readonly connections: readonly ReturnType<Connection['describe']>[]
  } {
    return {
      accepted: this.#accepted,
      turnedAway: this.#turnedAway,
      connections: [...this.#connections].map((connection) => connection.describe()),
    }
  }

  /** A connection that somebody else accepted, such as one whose TLS is ended before us (RTMPS). */
  take(socket: Socket): void {
    const { remoteAddress } = socket
    // The peer is gone already, or we don't take any more.
    if (remoteAddress === undefined || this.#server === undefined) {
      socket.destroy()
      return
    }
    const address = remoteAddress.replace(/^::ffff:/, '')
    const leave = this.#connections.size < this.#limits.connections ? this.#perAddress.enter(address) : undefined
    if (leave === undefined) {
      this.#turnedAway++
      socket.destroy()
      return
    }
    this.#accepted++
    const { authorizer, input, players, readsAtOnce = () => false } = this.#options
    const connection = new Connection(this.#nextId++, `${address}:${socket.remotePort ?? 0}`, socket, {
      authorizer,
      input,
      players,
      readsAtOnce,
      log: this.#log,
      limits: this.#limits,
      ticks: this.#ticks,
      onClosed: (closed) => this.#forget(closed, leave),
    })
    this.#connections.add(connection)
    connection.open()
  }

  #forget(connection: Connection, leave: () => void): void {
    this.#connections.delete(connection)
    leave()
    if (this.#connections.size === 0) this.#stopping?.()
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

const isNoIPv6 = (error: unknown): boolean => ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(codeOf(error))

function listenError(error: unknown, host: string, port: number): ConfigError {
  const options = { cause: error }
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new ConfigError(`port ${port} is in use by another program; stop it, or change ingest.rtmp.port`, options)
    case 'EACCES':
      return new ConfigError(`this user may not listen on port ${port}; choose ingest.rtmp.port above 1023`, options)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigError(`this machine has no address ${host}; change ingest.rtmp.host`, options)
    default:
      return new ConfigError(`RTMP can't listen on ${host} port ${port} (${codeOf(error)}); see ingest.rtmp`, options)
  }
}
