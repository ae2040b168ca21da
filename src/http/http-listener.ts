import { chmod, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect, type ListenOptions } from 'node:net'
import { ConfigError, messageOf } from '../base/errors.ts'
import type { Component } from '../base/lifecycle.ts'

/** Where to listen: a port (`setting` is named when it can't be had), or a socket file of this user alone. */
export type ListenAddress =
  | { readonly host: string; readonly port: number; readonly setting: string }
  | { readonly path: string }

/** Waiting requests get their answer before the rest is cut off. */
const DRAIN_MS = 2000
/** `sun_path` of unix(7), with its last zero. */
const MAX_SOCKET_PATH = 107

/** A server that listens from start to stop. */
export class HttpListener implements Component {
  readonly name: string
  readonly #server: Server
  readonly #address: ListenAddress

  constructor(name: string, server: Server, address: ListenAddress) {
    this.name = name
    this.#server = server
    this.#address = address
  }

  /** The bound port; null while not listening, and for a socket file. */
  get port(): number | null {
    const address = this.#server.address()
    return typeof address === 'object' ? (address?.port ?? null) : null
  }

  /** @throws ConfigError with a sentence that says what to do */
  async start(): Promise<void> {
    if ('path' in this.#address) await this.#startFile(this.#address.path)
    else await this.#startPort(this.#address)
  }

  /** Takes no new connections, lets requests under way end, then closes what is left. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeIdleConnections()
    const cut = setTimeout(() => this.#server.closeAllConnections(), DRAIN_MS)
    await closed
    clearTimeout(cut)
  }

  async #startPort({ host, port, setting }: { host: string; port: number; setting: string }): Promise<void> {
    try {
      await this.#listen({ host, port })
    } catch (error) {
      const code = codeOf(error)
      // No IPv6 on this machine: every address then means every IPv4 address.
      if (host === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
        return this.#startPort({ host: '0.0.0.0', port, setting })
      }
      throw new ConfigError(sentence(code, `${host.includes(':') ? `[${host}]` : host}:${port}`, setting, error), {
        cause: error,
      })
    }
  }

  async #startFile(path: string): Promise<void> {
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
      throw new ConfigError(`${path} is too long for a socket's name: set storage.dataDir to a shorter path`)
    }
    if (await isAnswered(path)) {
      throw new ConfigError(
        `another streamhost runs on this data directory (${path} answers): stop it, or set another storage.dataDir`,
      )
    }
    // Left by a killed server: nobody answers there.
    await unlink(path).catch(() => undefined)
    try {
      await this.#listen({ path })
      await chmod(path, 0o600)
    } catch (error) {
      throw new ConfigError(
        `${path} can't be made (${messageOf(error)}): set storage.dataDir to a local directory this user may write to`,
        {
          cause: error,
        },
      )
    }
  }

  #listen(options: ListenOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ backlog: 1024, ...options }, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const answer = (is: boolean) => () => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', answer(true)).once('error', answer(false))
  })
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function sentence(code: unknown, address: string, setting: string, error: unknown): string {
  if (code === 'EADDRINUSE')
    return `${address} is in use by another program: stop it, or set ${setting} to another port`
  if (code === 'EACCES') return `${address} may not be opened by this user: set ${setting} to a port from 1024 on`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `${address} is no address of this machine: see the host beside ${setting}`
  return `${address} can't be opened (${messageOf(error)}): see ${setting}`
}
