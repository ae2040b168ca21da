import { connect, type Socket } from 'node:net'

/** A text as a client sends it (RFC 6455 section 5.3: masked; with a mask of zeros the bytes stay as they are). */
export function maskedText(text: string): Buffer {
  const body = Buffer.from(text)
  const length = body.byteLength
  const head = length < 126 ? [0x81, 0x80 | length] : [0x81, 0xfe, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), Buffer.alloc(4), body])
}

const MARK = Buffer.from('sent@')
const TIME_DIGITS = 12
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
const NUMBER_DIGITS = 8
const MARKED = MARK.byteLength + TIME_DIGITS + 1 + NUMBER_DIGITS
const LONGEST_MS = 60_000
const buffer = Buffer.allocUnsafeSlow(65_536)

export type CrowdOptions = { readonly port: number; readonly path: string }

/**
 * A room full of people in one process, so that a delivery's delay is one clock's difference: each message carries the
 * moment and its number. They are sockets, not WebSocket clients, and what comes is only looked through for those, so that
 * they cost less than what they try.
 */
export class Crowd {
  readonly #options: CrowdOptions
  readonly #sockets: Socket[] = []
  readonly #delays = new Uint32Array(LONGEST_MS + 1)
  /** Messages sent since the beginning. */
  sent = 0
  delivered = 0
  /** Messages that somebody did not get, or not in their order. */
  missed = 0
  /** Connections that ended. */
  lost = 0

  constructor(options: CrowdOptions) {
    this.#options = options
  }

  /** One more, who joins. */
  async enter(): Promise<void> {
    const socket = await this.#open()
    socket.write(maskedText(JSON.stringify({ type: 'join', name: `Reader ${this.#sockets.length} of the room` })))
    this.#sockets.push(socket)
  }

  /** The next message, by one of so many writers in turn. */
  say(writers: number): void {
    const time = performance.now().toFixed(2).padStart(TIME_DIGITS, '0')
    const number = String(this.sent).padStart(NUMBER_DIGITS, '0')
    const text = `A line of about the length that people write, sent@${time}#${number}`
    this.#sockets[this.sent % writers]?.write(maskedText(JSON.stringify({ type: 'say', id: this.sent, text })))
    this.sent++
  }

  /** Everybody is still there: a pong that nobody asked for (RFC 6455 section 5.5.3), for pings are not looked for in what comes. */
  stay(): void {
    for (const socket of this.#sockets) socket.write(PONG)
  }

  forget(): void {
    this.#delays.fill(0)
    this.delivered = 0
    this.missed = 0
    this.lost = 0
  }

  delayMs(share: number): number {
    let left = this.delivered * share
    for (const [ms, count] of this.#delays.entries()) {
      left -= count
      if (left <= 0 && this.delivered > 0) return ms
    }
    return 0
  }

  #took(time: number): void {
    const slot = Math.max(0, Math.min(LONGEST_MS, Math.round(performance.now() - time)))
    this.#delays[slot] = (this.#delays[slot] ?? 0) + 1
    this.delivered++
  }

  /** Finds the marks in what comes; one that is cut in two by the network waits for its end. */
  #reader(): (bytes: Buffer) => void {
    let rest: Buffer | undefined
    let next: number | undefined
    return (chunk) => {
      const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
      rest = undefined
      let at = bytes.indexOf(MARK)
      while (at >= 0 && at + MARKED <= bytes.byteLength) {
        const time = Number(bytes.toString('latin1', at + MARK.byteLength, at + MARK.byteLength + TIME_DIGITS))
        const number = Number(bytes.toString('latin1', at + MARKED - NUMBER_DIGITS, at + MARKED))
        if (next !== undefined && number !== next) this.missed += number > next ? number - next : 1
        next = number + 1
        this.#took(time)
        at = bytes.indexOf(MARK, at + MARKED)
      }
      // All that is sent ends with a brace.
      const whole = at < 0 && bytes[bytes.byteLength - 1] === 0x7d
      if (!whole) rest = Buffer.from(bytes.subarray(at < 0 ? Math.max(0, bytes.byteLength - MARK.byteLength + 1) : at))
    }
  }

  #open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const read = this.#reader()
      let upgraded = false
      const { port, path } = this.#options
      const socket = connect({
        ...{ port, host: '127.0.0.1', noDelay: true },
        onread: {
          buffer,
          callback: (length) => {
            const bytes = buffer.subarray(0, length)
            if (upgraded) read(bytes)
            else if (bytes.toString('latin1', 0, 12) === 'HTTP/1.1 101') {
              upgraded = true
              resolve(socket)
            } else reject(new Error(`no WebSocket: ${bytes.toString('latin1', 0, 60)}`))
            return true
          },
        },
      })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        socket.on('error', () => {})
        socket.on('close', () => this.lost++)
        socket.write(upgradeRequest(port, path))
      })
    })
  }
}

/** @param address whom a trusted proxy says it comes from */
export function upgradeRequest(port: number, path: string, address?: string): string {
  const from = address === undefined ? '' : `x-forwarded-for: ${address}\r\n`
  return (
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${from}` +
    'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  )
}
