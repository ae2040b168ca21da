import { createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, createServer as createTlsServer, type SecureContext, type TLSSocket } from 'node:tls'
import type { Certificates } from './certificates.ts'
import type { Pair } from './pair.ts'

/** RFC 8737: how an ACME authority asks for the certificate that answers its challenge. */
const ACME_PROTOCOL = 'acme-tls/1'

/** Certificates that answer challenges under way, by the name that is to be proved. */
export type AlpnChallenges = { get(name: string): Pick<Pair, 'cert' | 'key'> | undefined }

export type TlsListenerOptions = {
  readonly certificates: Certificates
  /** What it speaks, the best first (RFC 7301). Clients that name no protocol are let in; those that name only others are not. */
  readonly protocols: readonly string[]
  /** Answered here, as authorities come to port 443 only. */
  readonly challenges?: AlpnChallenges
  /** How long a client may take to agree on keys. */
  readonly handshakeSeconds: number
  /** Connections in all. */
  readonly maxConnections: number
  /** Counts a connection in before anything is read from it. @returns what counts it out; undefined: there are too many from there */
  readonly enter: (remoteAddress: string | undefined) => (() => void) | undefined
  /** A connection with its keys agreed on. */
  readonly onSocket: (socket: TLSSocket) => void
}

/**
 * Accepts TCP connections and speaks TLS with them. A certificate is changed without touching open connections. It doesn't
 * listen yet: whoever has it lets `server` listen.
 */
export class TlsListener {
  readonly server: Server
  readonly #options: TlsListenerOptions
  readonly #unfollow: () => void
  readonly #sockets = new Set<TLSSocket>()
  /** Connections that never agreed on keys, since the start. */
  failed = 0
  turnedAway = 0

  constructor(options: TlsListenerOptions) {
    this.#options = options
    const { certificates, handshakeSeconds } = options
    const answerAlpn = (socket: TLSSocket, asked: Asked): string | undefined => this.#protocol(socket, asked)
    const secure = createTlsServer({
      ...pemOf(certificates.current),
      handshakeTimeout: handshakeSeconds * 1000,
      ALPNCallback(this: TLSSocket, asked) {
        return answerAlpn(this, asked)
      },
    })
    this.#unfollow = certificates.follow((pair) => secure.setSecureContext(pemOf(pair)))
    secure.on('secureConnection', (socket) => this.#onSecure(socket))
    secure.on('tlsClientError', (_, socket) => {
      this.failed++
      socket.destroy()
    })
    this.server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }, (socket) =>
      this.#accept(socket, () => secure.emit('connection', socket)),
    )
    this.server.maxConnections = options.maxConnections
  }

  /** Connections open now, those that agree on keys included. */
  count(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    )
  }

  /** No more connections; those that are open stay. @returns when all are closed */
  close(): Promise<void> {
    this.#unfollow()
    if (!this.server.listening) return Promise.resolve()
    return new Promise((resolve) => this.server.close(() => resolve()))
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(socket: Socket, shakeHands: () => void): void {
    const leave = this.#options.enter(socket.remoteAddress)
    if (leave === undefined) {
      this.turnedAway++
      socket.destroy()
      return
    }
    socket.once('close', leave)
    // TLS has an error handler of its own once it has the connection; this one is for the time before and after.
    socket.on('error', () => {})
    shakeHands()
  }

  #onSecure(socket: TLSSocket): void {
    socket.on('error', () => {})
    if (socket.alpnProtocol === ACME_PROTOCOL) {
      // "the server MUST close the connection" once the handshake is done: the authority has seen the certificate.
      socket.end()
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    this.#options.onSocket(socket)
  }

  #protocol(socket: TLSSocket, { servername, protocols }: Asked): string | undefined {
    if (protocols.includes(ACME_PROTOCOL)) {
      const pair = this.#options.challenges?.get(servername.toLowerCase())
      if (pair === undefined) return undefined
      socket.setKeyCert(contextOf(pair))
      return ACME_PROTOCOL
    }
    return this.#options.protocols.find((protocol) => protocols.includes(protocol))
  }
}

type Asked = { readonly servername: string; readonly protocols: readonly string[] }

const pemOf = ({ cert, key }: Pick<Pair, 'cert' | 'key'>) => ({ cert, key })
const contextOf = (pair: Pick<Pair, 'cert' | 'key'>): SecureContext => createSecureContext(pemOf(pair))
