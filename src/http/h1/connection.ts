import { type IncomingHttpHeaders, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { readBuffer } from '../../base/shared-reads.ts'
import type { Asked, Known, Reply } from '../../deliver/edge/exchange.ts'
import { endingOf, lastEnding } from '../../deliver/edge/head-ending.ts'
import { addressIn, type Fields, plainFields } from './plain-get.ts'

export type H1Ports = {
  /** They may change: read when they matter. `limits.http` */
  readonly limits: { readonly headerBytes: number; readonly headerSeconds: number }
  /** As answers say it, and one second more is kept. */
  readonly keepAliveMs: number
  /** The server takes no more connections: those that are open end with their answer. */
  readonly stopping: () => boolean
  /** @returns false when the request is not the edge's */
  readonly answer: (request: Asked, reply: Reply) => boolean
  /** Whoever reads everything else: for good, from the bytes on that were put back into the socket. */
  readonly handOver: (connection: H1Connection, socket: Socket) => void
  readonly onClosed: (connection: H1Connection) => void
}

/** Clients may be a little late: the connection should not be gone just when they send. */
const LATE_MS = 1000
const NOTHING = Buffer.alloc(0)
const TIMEOUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'

/**
 * A connection of HTTP/1.1 as long as it carries nothing but plain GETs of live media: one at a time, each a whole head in
 * one read. It is request and answer in one, for each is over before the next begins. Whatever else comes hands it over.
 */
export class H1Connection implements Asked, Reply {
  readonly method = 'GET'
  readonly httpVersion = '1.1'
  url = ''
  headers: IncomingHttpHeaders = {}
  readonly #ports: H1Ports
  #socket: Socket | undefined
  /** `sent`: the edge has said all, and the client has not taken it yet. */
  #state: 'idle' | 'answering' | 'sent' | 'handed over' | 'closed' = 'idle'
  /** The fields of a client's requests are mostly the same each time: read once. */
  #fields: Fields | undefined
  /** What came while an answer was under way. */
  #early: Buffer | undefined
  #head = ''
  #chunked = false
  #corked = false
  #asked = false
  #sinceMs = performance.now()
  #closers: (() => void)[] = []

  constructor(ports: H1Ports) {
    this.#ports = ports
  }

  open(socket: Socket): void {
    this.#socket = socket
    socket.on('error', ignore)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
  }

  get socket(): Socket {
    if (this.#socket === undefined) throw new Error('the connection is not open')
    return this.#socket
  }
  get req(): { readonly socket: Socket } {
    return this
  }
  get destroyed(): boolean {
    return this.#state === 'closed' || this.socket.destroyed
  }
  get writableEnded(): boolean {
    return this.#state !== 'answering'
  }
  get writableFinished(): boolean {
    return this.#state === 'idle'
  }
  get writableLength(): number {
    return this.socket.writableLength
  }

  /** Nobody asks anything of it. */
  get idle(): boolean {
    return this.#state === 'idle' && this.#early === undefined
  }

  /** @param length of what is in `readBuffer` now @returns whether to read on */
  read(length: number): boolean {
    if (this.#state === 'idle') {
      this.#onBytes(readBuffer, length)
      return true
    }
    if (this.#state === 'closed') return false
    const bytes = Buffer.from(readBuffer.subarray(0, length))
    if (this.#state === 'handed over') return this.socket.push(bytes)
    this.#early = this.#early === undefined ? bytes : Buffer.concat([this.#early, bytes])
    // Then the kernel keeps it, and sooner or later the client does.
    return this.#early.byteLength < this.#ports.limits.headerBytes
  }

  /** Looks whether anything takes too long. What the edge has not answered yet is the edge's to bound. */
  check(nowMs: number): void {
    const forMs = nowMs - this.#sinceMs
    if (this.#state === 'answering') return
    if (!this.#asked && forMs > this.#ports.limits.headerSeconds * 1000) {
      this.socket.write(TIMEOUT, 'latin1')
      this.socket.destroySoon()
    } else if (forMs > this.#ports.keepAliveMs + LATE_MS) this.socket.destroy()
  }

  // --- what the edge does with it

  writeHead(status: number, lines: readonly string[]): void {
    if (this.#state !== 'answering') return
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`
    // RFC 9110 8.6, 6.4.1: those two have no content whose length could be told.
    let chunked = status !== 304 && status !== 204
    for (let i = 0; i < lines.length; i += 2) {
      const name = lines[i] ?? ''
      if (name === 'content-length') chunked = false
      head += `${name}: ${lines[i + 1]}\r\n`
    }
    this.#chunked = chunked
    this.#head = `${head}${chunked ? 'transfer-encoding: chunked\r\n' : ''}${this.#ending()}`
  }

  sendKnown(answer: Known): void {
    if (this.#state !== 'answering') return
    const { socket } = this
    const pieces = answer.whole(this.#ending())
    const [only] = pieces
    if (pieces.length === 1 && only !== undefined) socket.write(only)
    else {
      socket.cork()
      for (const piece of pieces) socket.write(piece)
      socket.uncork()
    }
    this.#state = 'sent'
    this.#settle()
  }

  write(chunk: Uint8Array): void {
    if (this.#state !== 'answering' || chunk.byteLength === 0) return
    const { socket } = this
    socket.cork()
    this.#writeHead()
    if (this.#chunked) socket.write(`${chunk.byteLength.toString(16)}\r\n`, 'latin1')
    socket.write(chunk)
    if (this.#chunked) socket.write('\r\n', 'latin1')
    socket.uncork()
  }

  end(chunk?: Uint8Array): void {
    if (this.#state !== 'answering') return
    const { socket } = this
    socket.cork()
    this.#writeHead()
    if (chunk !== undefined) this.write(chunk)
    if (this.#chunked) socket.write('0\r\n\r\n', 'latin1')
    socket.uncork()
    this.#state = 'sent'
    if (!this.#corked) this.#settle()
  }

  cork(): void {
    this.#corked = true
    this.socket.cork()
  }

  uncork(): void {
    this.#corked = false
    this.socket.uncork()
    if (this.#state === 'sent') this.#settle()
  }

  destroy(): void {
    this.socket.destroy()
    this.#forget()
  }

  once(_: 'close', listener: () => void): void {
    this.#closers.push(listener)
  }

  off(_: 'close', listener: () => void): void {
    const at = this.#closers.indexOf(listener)
    if (at >= 0) this.#closers.splice(at, 1)
  }

  // --- what becomes of it

  #onBytes(bytes: Buffer, length: number): void {
    if (!this.#isPlain(bytes, length)) {
      this.#handOver(bytes, length)
      return
    }
    this.#asked = true
    this.#state = 'answering'
    if (this.#ports.answer(this, this)) return
    this.#state = 'idle'
    this.#handOver(bytes, length)
  }

  #isPlain(bytes: Buffer, length: number): boolean {
    if (length > this.#ports.limits.headerBytes) return false
    const text = bytes.toString('latin1', 0, length)
    const end = text.indexOf('\r\n')
    const address = end < 0 ? undefined : addressIn(text.slice(0, end))
    if (address === undefined) return false
    const rest = text.slice(end)
    if (this.#fields?.text !== rest) this.#fields = plainFields(rest)
    if (this.#fields === undefined) return false
    this.url = address
    this.headers = this.#fields.headers
    return true
  }

  #ending(): string {
    return this.#ports.stopping() ? lastEnding() : endingOf(this.#ports.keepAliveMs)
  }

  #writeHead(): void {
    if (this.#head === '') return
    this.socket.write(this.#head, 'latin1')
    this.#head = ''
  }

  /** All is said. The next request has its turn when the client has taken it. */
  #settle(): void {
    // What is written behind it is done when all before is.
    if (this.socket.writableLength === 0) this.#onTaken()
    else {
      this.#sinceMs = performance.now()
      this.socket.write(NOTHING, this.#onTaken)
    }
  }

  readonly #onTaken = (): void => {
    if (this.#state !== 'sent') return
    this.#state = 'idle'
    this.#sinceMs = performance.now()
    this.#tellClosers()
    if (this.#ports.stopping()) this.socket.destroySoon()
    // Not now: whoever has just ended the answer still looks at it.
    else if (this.#early !== undefined) process.nextTick(this.#onEarly)
  }

  readonly #onEarly = (): void => {
    const early = this.#early
    if (this.#state !== 'idle' || early === undefined) return
    this.#early = undefined
    this.#onBytes(early, early.byteLength)
    // Not `resume()`: whoever it is handed over to begins the flow.
    this.socket.read(0)
  }

  #handOver(bytes: Buffer, length: number): void {
    const { socket } = this
    this.#state = 'handed over'
    socket.off('error', ignore)
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onClose)
    socket.unshift(Buffer.from(bytes.subarray(0, length)))
    this.#ports.handOver(this, socket)
  }

  /** They send nothing more. As node:http has it, they are sent what was said and nothing that was still to come. */
  readonly #onEnd = (): void => {
    this.#early = undefined
    if (this.#state === 'answering') this.#forget()
    this.socket.end()
  }

  readonly #onClose = (): void => {
    this.#forget()
    this.#ports.onClosed(this)
  }

  #forget(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#sinceMs = performance.now()
    this.#early = undefined
    this.#tellClosers()
  }

  #tellClosers(): void {
    if (this.#closers.length === 0) return
    const closers = this.#closers
    this.#closers = []
    for (const close of closers) close()
  }
}

const ignore = (): void => {}
