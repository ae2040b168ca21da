import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * How a connection fails. `close`: both ends are told by a FIN. `reset`: both get an RST. `blackhole`: nothing comes
 * through any more, in neither direction, and neither end is told.
 */
export type Fault = 'close' | 'reset' | 'blackhole'
export const FAULTS: readonly Fault[] = ['close', 'reset', 'blackhole']

type Pair = { readonly near: Socket; readonly far: Socket; upBytes: number; lost: boolean; goOn(): void }

/** A TCP proxy under a test's control, between an encoder and its server. What it did to one connection the next does not feel. */
export class FaultyLine implements AsyncDisposable {
  readonly #server: Server
  readonly #toPort: number
  readonly #pairs = new Set<Pair>()
  #newest: Pair | undefined
  #bytesPerSecond = Number.POSITIVE_INFINITY
  #stalled = false
  #port = 0

  private constructor(toPort: number) {
    this.#toPort = toPort
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#join(near))
  }

  /** To a port of this machine. */
  static async open(toPort: number): Promise<FaultyLine> {
    const line = new FaultyLine(toPort)
    line.#server.listen(0, '127.0.0.1')
    await once(line.#server, 'listening')
    const address = line.#server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server without a port')
    line.#port = address.port
    return line
  }

  get port(): number {
    return this.#port
  }
  /** Bytes that the newest connection has brought to the server. */
  get upBytes(): number {
    return this.#newest?.upBytes ?? 0
  }

  /** Lets all connections that there are fail; those that come after go through. */
  cut(fault: Fault): void {
    this.#newest = undefined
    for (const pair of this.#pairs) {
      pair.lost = true
      for (const socket of [pair.near, pair.far]) {
        if (fault === 'reset') socket.resetAndDestroy()
        else if (fault === 'blackhole') socket.pause()
        else {
          // Read to its end, so that the kernel has no reason to send an RST.
          socket.resume()
          socket.end()
        }
      }
    }
  }

  /** Nothing comes to the server for as long as it is stalled; then all that was sent meanwhile does. */
  stall(yes: boolean): void {
    this.#stalled = yes
    for (const pair of this.#pairs) {
      if (yes) pair.near.pause()
      else pair.goOn()
    }
  }

  /** What the line carries to the server from now on. */
  slow(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy()
      far.destroy()
    }
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #join(near: Socket): void {
    const far = connect({ port: this.#toPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const pair: Pair = { near, far, upBytes: 0, lost: false, goOn: () => {} }
    this.#pairs.add(pair)
    this.#newest = pair
    pair.goOn = this.#carry(pair, near, far)
    this.#carry(pair, far, near)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => {})
      socket.on('close', () => {
        if (!pair.lost) other.destroy()
        if (near.destroyed && far.destroyed) this.#pairs.delete(pair)
      })
    }
  }

  /** @returns what lets it go on after a pause */
  #carry(pair: Pair, from: Socket, to: Socket): () => void {
    const isUp = from === pair.near
    let held = false
    let ended = false
    const goOn = (): void => {
      held = false
      if (pair.lost || (isUp && this.#stalled)) return
      if (ended) to.end()
      else from.resume()
    }
    from.on('data', (bytes: Buffer) => {
      if (pair.lost) return
      if (isUp) pair.upBytes += bytes.byteLength
      const full = !to.write(bytes)
      const waitMs = isUp ? (bytes.byteLength * 1000) / this.#bytesPerSecond : 0
      if (!full && waitMs < 1) return
      held = true
      from.pause()
      if (waitMs >= 1) setTimeout(goOn, waitMs)
      else to.once('drain', goOn)
    })
    // It may come while the socket is paused.
    from.on('end', () => {
      ended = true
      if (!held && !pair.lost) to.end()
    })
    return goOn
  }
}
