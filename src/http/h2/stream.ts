import type { IncomingHttpHeaders } from 'node:http'
import type { Asked, Known, Reply } from '../../deliver/edge/exchange.ts'
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  FRAME_BYTES,
  FRAME_HEAD_BYTES,
  HEADERS,
  writeHead,
} from '../../formats/http2/frame.ts'
import { encodeFields, encodeStatus } from '../../formats/http2/hpack-encoder.ts'

/** A page plays picture and sound, and asks for playlists and parts of both ahead; some pages share a connection. */
const WAITING_AT_ONCE = 24

/** The connection as its streams see it. */
export type Sender = {
  readonly destroyed: boolean
  /** Sends what the windows allow of it. */
  send(stream: H2Stream): void
  /** Ends it before its time. */
  abort(stream: H2Stream): void
}

/** What becomes of a request's body. */
export type BodySink = { write(bytes: Buffer): void; end(): void }

/** One request and its answer: what the edge needs of both. Bytes wait here until the windows of HTTP/2 let them go. */
export class H2Stream implements Asked, Reply {
  readonly id: number
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly httpVersion = '2.0'
  readonly mostWaiting = WAITING_AT_ONCE
  readonly #connection: Sender
  /** Flow control, theirs: what they let us send. */
  window: number
  /** Flow control, ours: what they have sent and we have not let them send again. */
  received = 0
  /** They have more to send. */
  bodyOpen: boolean
  body: BodySink | undefined
  /** Called when there is room again. */
  onDrain: (() => void) | undefined
  destroyed = false
  writableEnded = false
  writableFinished = false
  headersSent = false
  #fields: Uint8Array | undefined
  #chunks: Uint8Array[] = []
  /** Sent of the first chunk. */
  #offset = 0
  #waiting = 0
  #corked = false
  #closers: (() => void)[] = []

  constructor(
    connection: Sender,
    request: {
      id: number
      method: string
      url: string
      headers: IncomingHttpHeaders
      window: number
      hasBody: boolean
    },
  ) {
    this.#connection = connection
    this.id = request.id
    this.method = request.method
    this.url = request.url
    this.headers = request.headers
    this.window = request.window
    this.bodyOpen = request.hasBody
  }

  get req(): { readonly socket: Sender } {
    return this
  }
  get socket(): Sender {
    return this.#connection
  }
  get writableLength(): number {
    return this.#waiting
  }
  /** Something is to be sent: fields, bytes, or that it is the end. */
  get pending(): boolean {
    return this.#fields !== undefined || this.#waiting > 0 || (this.writableEnded && !this.writableFinished)
  }

  /** @param lines names and values in turn; those about the connection must not be among them */
  writeHead(status: number, lines: readonly string[]): void {
    if (this.headersSent) return
    const parts = [
      encodeStatus(status),
      encodeFields(lines.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text))),
    ]
    if (!hasDate(lines)) parts.push(dateField())
    this.#start(Buffer.concat(parts))
  }

  sendKnown({ fields, body }: Known): void {
    const date = dateField()
    const head = Buffer.allocUnsafe(1 + fields.byteLength + date.byteLength)
    head[0] = OK
    head.set(fields, 1)
    head.set(date, 1 + fields.byteLength)
    this.#start(head)
    if (this.method === 'HEAD') this.end()
    else this.end(body)
  }

  write(chunk: Uint8Array): void {
    if (this.destroyed || this.writableEnded) return
    if (chunk.byteLength > 0) {
      this.#chunks.push(chunk)
      this.#waiting += chunk.byteLength
    }
    if (!this.#corked) this.#connection.send(this)
  }

  end(chunk?: Uint8Array): void {
    if (this.destroyed || this.writableEnded) return
    if (chunk !== undefined && chunk.byteLength > 0) {
      this.#chunks.push(chunk)
      this.#waiting += chunk.byteLength
    }
    this.writableEnded = true
    if (!this.#corked) this.#connection.send(this)
  }

  cork(): void {
    this.#corked = true
  }

  uncork(): void {
    this.#corked = false
    if (this.pending) this.#connection.send(this)
  }

  destroy(): void {
    if (!this.destroyed) this.#connection.abort(this)
  }

  once(_: 'close', listener: () => void): void {
    this.#closers.push(listener)
  }

  off(_: 'close', listener: () => void): void {
    const at = this.#closers.indexOf(listener)
    if (at >= 0) this.#closers.splice(at, 1)
  }

  /** It is over, however. For the connection. */
  closed(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.#chunks = []
    this.#waiting = 0
    this.#fields = undefined
    const closers = this.#closers
    this.#closers = []
    for (const close of closers) close()
  }

  /**
   * The next frames, joined in one buffer, which one call writes.
   * @param most bytes of the body that may go, by windows and by what lies in the socket already
   * @returns undefined: nothing can go
   */
  take(most: number): { readonly frames: Buffer; readonly bytes: number } | undefined {
    const bytes = Math.min(this.#waiting, most)
    const ends = this.writableEnded && bytes === this.#waiting
    const fields = this.#fields
    if (fields === undefined && bytes === 0 && !(ends && !this.writableFinished)) return undefined
    const blocks = fields === undefined ? 0 : Math.max(1, Math.ceil(fields.byteLength / FRAME_BYTES))
    const bare = ends && bytes === 0
    const datas = bytes === 0 ? (bare && fields === undefined ? 1 : 0) : Math.ceil(bytes / FRAME_BYTES)
    const frames = Buffer.allocUnsafe((blocks + datas) * FRAME_HEAD_BYTES + (fields?.byteLength ?? 0) + bytes)
    let at = 0
    if (fields !== undefined) at = this.#putFields(frames, fields, bare)
    if (bytes > 0) this.#putData(frames, at, bytes, ends)
    else if (datas > 0) writeHead(frames, at, 0, DATA, END_STREAM, this.id)
    this.#fields = undefined
    this.window -= bytes
    if (ends) this.writableFinished = true
    return { frames, bytes }
  }

  #start(fields: Uint8Array): void {
    if (this.headersSent) return
    this.headersSent = true
    this.#fields = fields
  }

  #putFields(out: Buffer, fields: Uint8Array, ends: boolean): number {
    let at = 0
    for (let from = 0; from < fields.byteLength; from += FRAME_BYTES) {
      const length = Math.min(FRAME_BYTES, fields.byteLength - from)
      const last = from + length === fields.byteLength ? END_HEADERS : 0
      const flags = from === 0 && ends ? last | END_STREAM : last
      at = writeHead(out, at, length, from === 0 ? HEADERS : CONTINUATION, flags, this.id)
      out.set(fields.subarray(from, from + length), at)
      at += length
    }
    return at
  }

  #putData(out: Buffer, from: number, bytes: number, ends: boolean): void {
    let at = from
    let left = bytes
    while (left > 0) {
      const length = Math.min(FRAME_BYTES, left)
      left -= length
      at = writeHead(out, at, length, DATA, left === 0 && ends ? END_STREAM : 0, this.id)
      for (let missing = length; missing > 0; ) {
        const chunk = this.#chunks[0]
        if (chunk === undefined) throw new Error('fewer bytes wait than were counted')
        const size = Math.min(missing, chunk.byteLength - this.#offset)
        out.set(chunk.subarray(this.#offset, this.#offset + size), at)
        at += size
        missing -= size
        this.#offset += size
        if (this.#offset === chunk.byteLength) {
          this.#chunks.shift()
          this.#offset = 0
        }
      }
    }
    this.#waiting -= bytes
  }
}

/** `:status` 200 (RFC 7541, Appendix A). */
const OK = 0x88

function hasDate(lines: readonly string[]): boolean {
  for (let i = 0; i < lines.length; i += 2) if (lines[i]?.toLowerCase() === 'date') return true
  return false
}

let second = 0
let field = Buffer.alloc(0)

/** RFC 9110 6.6.1: the same for a second. */
function dateField(): Buffer {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    field = encodeFields(['date', new Date(now * 1000).toUTCString()])
  }
  return field
}
