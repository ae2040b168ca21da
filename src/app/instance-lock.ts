import { chmod, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { makeDataDirectory, unwritable } from '../accounts/data-directory.ts'
import { ConfigError, messageOf } from '../base/errors.ts'

/** What the kernel allows for a socket's path. */
const LONGEST_PATH = 103

export const socketPath = (dataDir: string): string => join(resolve(dataDir), 'run.sock')

/**
 * One server per data directory: a unix socket in it is the lock, and the command line's way in. A socket nobody listens
 * on is what a killed server left behind.
 */
export class InstanceLock {
  readonly #path: string
  readonly #server: Server
  #onConnection: ((socket: Socket) => void) | undefined

  private constructor(path: string, server: Server) {
    this.#path = path
    this.#server = server
    server.on('connection', (socket) => {
      if (this.#onConnection === undefined) socket.destroy()
      else this.#onConnection(socket)
    })
  }

  /** @throws ConfigError when another server holds it, or the directory can't be written */
  static async take(dataDir: string): Promise<InstanceLock> {
    const path = socketPath(dataDir)
    if (Buffer.byteLength(path) > LONGEST_PATH) {
      throw new ConfigError(
        `the path of the data directory is too long for a socket in it (${path}): set storage.dataDir to a shorter one`,
      )
    }
    await makeDataDirectory(dataDir)
    const server = createServer()
    try {
      await listen(server, path)
    } catch (error) {
      if (!isInUse(error)) throw unwritable(dataDir, error)
      if (await isAnswered(path)) {
        throw new ConfigError(
          `another StreamHost already runs on the data directory ${resolve(dataDir)}: stop it, or set storage.dataDir to another one`,
        )
      }
      await rm(path, { force: true })
      await listen(server, path).catch((again: unknown) => {
        throw new ConfigError(
          `the socket ${path} can't be opened (${messageOf(again)}): is another StreamHost starting there?`,
        )
      })
    }
    await chmod(path, 0o600)
    return new InstanceLock(path, server)
  }

  /** From now on the connections of the command line are answered. */
  serve(onConnection: (socket: Socket) => void): void {
    this.#onConnection = onConnection
  }

  /** Node removes the socket's file when its server closes. */
  async release(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()))
    await rm(this.#path, { force: true })
    await closed
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(path, () => {
      server.off('error', fail)
      done()
    })
  })
}

const isInUse = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

function isAnswered(path: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      answer(true)
    })
    socket.once('error', () => answer(false))
  })
}
