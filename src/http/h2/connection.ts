import type { TLSSocket } from 'node:tls'
import { MalformedError } from '../../base/errors.ts'
import {
  ACK,
  CANCEL,
  COMPRESSION_ERROR,
  CONTINUATION,
  DATA,
  DEFAULT_WINDOW,
  ENABLE_PUSH,
  END_HEADERS,
  END_STREAM,
  ENHANCE_YOUR_CALM,
  FLOW_CONTROL_ERROR,
  FRAME_BYTES,
  FRAME_HEAD_BYTES,
  FRAME_SIZE_ERROR,
  frameOf,
  GOAWAY,
  HAS_PRIORITY,
  HEADERS,
  INITIAL_WINDOW_SIZE,
  INTERNAL_ERROR,
  LARGEST_WINDOW,
  MAX_CONCURRENT_STREAMS,
  MAX_FRAME_SIZE,
  MAX_HEADER_LIST_SIZE,
  NO_ERROR,
  PADDED,
  PING,
  PREFACE,
  PRIORITY,
  PROTOCOL_ERROR,
  PUSH_PROMISE,
  REFUSED_STREAM,
  RST_STREAM,
  SETTINGS,
  STREAM_CLOSED,
  settingsFrame,
  WINDOW_UPDATE,
} from '../../formats/http2/frame.ts'
import { HpackDecoder } from '../../formats/http2/hpack-decoder.ts'
import { Budget } from './budget.ts'
import { type RequestFields, readFields } from './fields.ts'
import { H2Stream, type Sender } from './stream.ts'

/** They may change: read when they matter. */
export type H2Limits = {
  /** `limits.http` */
  readonly headerBytes: number
  readonly headerSeconds: number
  readonly stalledSeconds: number
}

export type H2Ports = {
  readonly limits: H2Limits
  /** Answers a request, sooner or later. */
  readonly onRequest: (stream: H2Stream, connection: H2Connection) => void
  readonly onClosed: (connection: H2Connection) => void
}

const MAX_STREAMS = 100
/** A field section's frames: who needs more sends next to nothing in each. */
const MAX_HEADER_FRAMES = 16
/** What lies in the socket; the next bytes wait in their streams, where each has its turn. */
const SOCKET_BYTES = 262_144
/** How much of one stream goes before the next has its turn. */
const TURN_BYTES = 65_536
/** Let them send again when so much was taken. */
const CREDIT_BYTES = 32_768
/** Answers to frames of control that the peer doesn't take. */
const CONTROL_BYTES = 1_048_576
/** Without a request, longer than a segment lasts. */
const IDLE_MS = 65_000
/** Of frames that cost us and bring nothing: so many at once, so many a second. */
const IDLE_FRAMES = 1000
const IDLE_FRAMES_PER_SECOND = 100
/** Windows are opened often by clients that mean well: for each 16 KB, twice. */
const WINDOW_UPDATE_COST = 0.02

const NOTHING = Buffer.alloc(0)

class ConnectionError extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The server's side of one HTTP/2 connection (RFC 9113): frames, windows, limits. All limits are looked at before memory is
 * taken; what one peer does ends at most its own connection.
 */
export class H2Connection implements Sender {
  readonly socket: TLSSocket
  readonly #ports: H2Ports
  readonly #streams = new Map<number, H2Stream>()
  readonly #hpack = new HpackDecoder()
  readonly #budget = new Budget(IDLE_FRAMES, IDLE_FRAMES_PER_SECOND)
  /** Those that could not send all they have, the one whose turn is next first. */
  readonly #blocked = new Set<H2Stream>()
  #rest: Buffer = NOTHING
  #greeted = false
  #lastId = 0
  #window = DEFAULT_WINDOW
  #initialWindow = DEFAULT_WINDOW
  #received = 0
  /** A field section whose end has not come. */
  #section: { readonly id: number; readonly ends: boolean; readonly parts: Buffer[]; bytes: number } | undefined
  #goingAway = false
  /** Frames of a turn, which go in one write. */
  #batch: Buffer[] | undefined
  #batched = 0
  /** Since when something is incomplete: the greeting, a frame, a field section. */
  #incompleteSinceMs: number | undefined = performance.now()
  #busyAtMs = performance.now()
  #progressAtMs = performance.now()

  constructor(socket: TLSSocket, ports: H2Ports) {
    this.socket = socket
    this.#ports = ports
  }

  open(): void {
    const { socket } = this
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes))
    socket.on('drain', () => {
      this.#progressAtMs = performance.now()
      this.#pump()
    })
    socket.on('end', () => socket.end())
    socket.once('close', () => this.#onClose())
    const settings = new Map([
      [MAX_CONCURRENT_STREAMS, MAX_STREAMS],
      [MAX_HEADER_LIST_SIZE, this.#ports.limits.headerBytes],
    ])
    this.#emit(settingsFrame(settings))
  }

  get destroyed(): boolean {
    return this.socket.destroyed
  }
  get streams(): number {
    return this.#streams.size
  }

  /** No more requests; those under way are answered. */
  goAway(): void {
    if (this.#goingAway || this.destroyed) return
    this.#goingAway = true
    this.#emit(frameOf(GOAWAY, 0, 0, this.#lastId, NO_ERROR))
    this.#endIfIdle()
  }

  /** Looks whether anything takes too long. */
  check(nowMs: number): void {
    const { headerSeconds, stalledSeconds } = this.#ports.limits
    const since = this.#incompleteSinceMs
    if (since !== undefined && nowMs - since > headerSeconds * 1000) {
      this.#fail(new ConnectionError(ENHANCE_YOUR_CALM, 'it takes too long'))
    } else if (this.socket.writableLength > 0 && nowMs - this.#progressAtMs > stalledSeconds * 1000) {
      this.socket.destroy()
    } else if (this.#streams.size === 0 && nowMs - this.#busyAtMs > IDLE_MS) this.goAway()
  }

  send(stream: H2Stream): void {
    if (stream.destroyed || this.destroyed) return
    // Whoever waits has its turn first.
    if (this.#blocked.size > 0 && !this.#blocked.has(stream)) {
      this.#blocked.add(stream)
      this.#pump()
      return
    }
    this.#sendSome(stream, SOCKET_BYTES)
    if (!stream.destroyed && stream.pending) this.#blocked.add(stream)
    else this.#blocked.delete(stream)
  }

  abort(stream: H2Stream): void {
    this.#reset(stream.id, stream.writableFinished ? NO_ERROR : stream.headersSent ? CANCEL : INTERNAL_ERROR)
    this.#forget(stream)
  }

  /** They may send so much more of a body. */
  credit(stream: H2Stream, bytes: number): void {
    this.#creditConnection(bytes)
    stream.received -= bytes
    if (!stream.destroyed && stream.bodyOpen) this.#emit(frameOf(WINDOW_UPDATE, 0, stream.id, bytes))
  }

  #creditConnection(bytes: number): void {
    this.#received += bytes
    if (this.#received < CREDIT_BYTES) return
    this.#emit(frameOf(WINDOW_UPDATE, 0, 0, this.#received))
    this.#received = 0
  }

  // --- what comes in

  #onBytes(bytes: Buffer): void {
    this.#batch = []
    this.#batched = 0
    try {
      this.#parse(this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]))
    } catch (error) {
      this.#fail(error)
    }
    this.#flush()
  }

  #parse(bytes: Buffer): void {
    let at = 0
    if (!this.#greeted) {
      const length = Math.min(bytes.byteLength, PREFACE.byteLength)
      if (bytes.compare(PREFACE, 0, length, 0, length) !== 0)
        throw new ConnectionError(PROTOCOL_ERROR, 'it does not greet as HTTP/2 does')
      if (length < PREFACE.byteLength) {
        this.#keep(bytes)
        return
      }
      this.#greeted = true
      at = length
    }
    while (bytes.byteLength - at >= FRAME_HEAD_BYTES) {
      const length = bytes.readUIntBE(at, 3)
      if (length > FRAME_BYTES) throw new ConnectionError(FRAME_SIZE_ERROR, 'a frame is too long')
      const end = at + FRAME_HEAD_BYTES + length
      if (end > bytes.byteLength) break
      const id = bytes.readUInt32BE(at + 5) & LARGEST_WINDOW
      this.#onFrame(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, id, bytes.subarray(at + FRAME_HEAD_BYTES, end))
      if (this.destroyed) return
      at = end
    }
    this.#keep(at === bytes.byteLength ? NOTHING : at === 0 ? bytes : bytes.subarray(at))
  }

  /** What is not whole yet: a copy, as it would keep the memory of a whole read. */
  #keep(rest: Buffer): void {
    this.#rest = rest.byteLength === 0 ? NOTHING : Buffer.from(rest)
    const incomplete = rest.byteLength > 0 || this.#section !== undefined || !this.#greeted
    if (!incomplete) this.#incompleteSinceMs = undefined
    else this.#incompleteSinceMs ??= performance.now()
  }

  #onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    if (this.#section !== undefined && (type !== CONTINUATION || id !== this.#section.id))
      throw new ConnectionError(PROTOCOL_ERROR, 'a field section is interrupted')
    switch (type) {
      case HEADERS:
        this.#onHeaders(flags, id, payload)
        break
      case CONTINUATION:
        this.#onContinuation(flags, payload)
        break
      case DATA:
        this.#onData(flags, id, payload)
        break
      case WINDOW_UPDATE:
        this.#spend(WINDOW_UPDATE_COST)
        this.#onWindowUpdate(id, payload)
        break
      case SETTINGS:
        this.#spend(1)
        this.#onSettings(flags, id, payload)
        break
      case PING:
        this.#spend(1)
        this.#onPing(flags, id, payload)
        break
      case RST_STREAM:
        this.#spend(1)
        this.#onReset(id, payload)
        break
      case PUSH_PROMISE:
        throw new ConnectionError(PROTOCOL_ERROR, 'clients promise nothing')
      case GOAWAY:
        this.#spend(1)
        if (id !== 0) throw new ConnectionError(PROTOCOL_ERROR, 'GOAWAY is of the connection')
        this.#goingAway = true
        this.#endIfIdle()
        break
      case PRIORITY:
        this.#spend(1)
        if (id === 0) throw new ConnectionError(PROTOCOL_ERROR, 'PRIORITY is of a stream')
        if (payload.byteLength !== 5) throw new ConnectionError(FRAME_SIZE_ERROR, 'PRIORITY has five bytes')
        return
      default:
        // RFC 9113 4.1: "Implementations MUST ignore and discard frames of unknown types."
        this.#spend(1)
    }
  }

  #onHeaders(flags: number, id: number, payload: Buffer): void {
    if (id === 0 || id % 2 === 0) throw new ConnectionError(PROTOCOL_ERROR, 'clients’ streams have odd numbers')
    const known = this.#streams.get(id)
    if (known === undefined && id <= this.#lastId) throw new ConnectionError(STREAM_CLOSED, 'this stream is over')
    const block = withoutPadding(flags, payload, (flags & HAS_PRIORITY) === 0 ? 0 : 5)
    const section = { id, ends: (flags & END_STREAM) !== 0, parts: [block], bytes: block.byteLength }
    if ((flags & END_HEADERS) !== 0) {
      this.#onSection(section)
      return
    }
    this.#checkSection(section)
    section.parts[0] = Buffer.from(block)
    this.#section = section
  }

  #onContinuation(flags: number, payload: Buffer): void {
    const section = this.#section
    if (section === undefined) throw new ConnectionError(PROTOCOL_ERROR, 'nothing is to be continued')
    section.bytes += payload.byteLength
    section.parts.push(payload)
    this.#checkSection(section)
    if ((flags & END_HEADERS) === 0) {
      section.parts[section.parts.length - 1] = Buffer.from(payload)
      return
    }
    this.#section = undefined
    this.#onSection(section)
  }

  #checkSection(section: { readonly bytes: number; readonly parts: readonly Buffer[] }): void {
    if (section.bytes > this.#ports.limits.headerBytes || section.parts.length > MAX_HEADER_FRAMES)
      throw new ConnectionError(ENHANCE_YOUR_CALM, 'a field section is too long')
  }

  #onSection({ id, ends, parts }: { id: number; ends: boolean; parts: readonly Buffer[] }): void {
    const block = parts.length === 1 ? (parts[0] ?? NOTHING) : Buffer.concat(parts)
    const fields = this.#decode(block)
    const known = this.#streams.get(id)
    if (known !== undefined) {
      this.#onTrailers(known, ends)
      return
    }
    this.#lastId = id
    if (fields.wrong !== undefined) {
      this.#spend(1)
      this.#reset(id, PROTOCOL_ERROR)
      return
    }
    if (this.#goingAway || this.#streams.size >= MAX_STREAMS) {
      this.#spend(1)
      this.#reset(id, REFUSED_STREAM)
      return
    }
    const { method, path: url, headers } = fields
    const stream = new H2Stream(this, { id, method, url, headers, window: this.#initialWindow, hasBody: !ends })
    this.#streams.set(id, stream)
    this.#busyAtMs = performance.now()
    if (fields.tooLarge) {
      stream.writeHead(431, ['content-length', '0'])
      stream.end()
    } else this.#ports.onRequest(stream, this)
  }

  #decode(block: Buffer): RequestFields {
    try {
      return readFields(this.#hpack, block, this.#ports.limits.headerBytes)
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error
      throw new ConnectionError(COMPRESSION_ERROR, error.message)
    }
  }

  /** RFC 9113 8.1: what stands behind a body ends the stream; we have no use for its fields. */
  #onTrailers(stream: H2Stream, ends: boolean): void {
    if (!stream.bodyOpen) {
      this.abortWith(stream, STREAM_CLOSED)
      return
    }
    if (ends) this.#bodyEnded(stream)
    else this.abortWith(stream, PROTOCOL_ERROR)
  }

  #onData(flags: number, id: number, payload: Buffer): void {
    if (id === 0 || id > this.#lastId) throw new ConnectionError(PROTOCOL_ERROR, 'bytes of no stream')
    const stream = this.#streams.get(id)
    const bytes = withoutPadding(flags, payload, 0)
    if (payload.byteLength === 0 && (flags & END_STREAM) === 0) this.#spend(1)
    if (stream === undefined) {
      // Of a stream that we have ended: they may not know yet.
      this.#spend(WINDOW_UPDATE_COST)
      this.#creditConnection(payload.byteLength)
      return
    }
    if (!stream.bodyOpen) {
      this.abortWith(stream, STREAM_CLOSED)
      return
    }
    stream.received += payload.byteLength
    if (stream.received > DEFAULT_WINDOW) throw new ConnectionError(FLOW_CONTROL_ERROR, 'more than we let them send')
    if (stream.body === undefined) this.credit(stream, payload.byteLength)
    else {
      if (payload.byteLength > bytes.byteLength) this.credit(stream, payload.byteLength - bytes.byteLength)
      // A copy: it waits for whoever reads it, and this memory is that of a whole read.
      if (bytes.byteLength > 0) stream.body.write(Buffer.from(bytes))
    }
    if ((flags & END_STREAM) !== 0) this.#bodyEnded(stream)
  }

  #bodyEnded(stream: H2Stream): void {
    stream.bodyOpen = false
    stream.body?.end()
    if (stream.writableFinished) this.#forget(stream)
  }

  #onWindowUpdate(id: number, payload: Buffer): void {
    if (payload.byteLength !== 4) throw new ConnectionError(FRAME_SIZE_ERROR, 'WINDOW_UPDATE has four bytes')
    const increment = payload.readUInt32BE(0) & LARGEST_WINDOW
    if (id === 0) {
      if (increment === 0) throw new ConnectionError(PROTOCOL_ERROR, 'a window is opened by nothing')
      this.#window += increment
      if (this.#window > LARGEST_WINDOW) throw new ConnectionError(FLOW_CONTROL_ERROR, 'the window is too large')
    } else {
      if (id > this.#lastId) throw new ConnectionError(PROTOCOL_ERROR, 'a window of no stream')
      const stream = this.#streams.get(id)
      if (stream === undefined) return
      if (increment === 0) {
        this.abortWith(stream, PROTOCOL_ERROR)
        return
      }
      stream.window += increment
      if (stream.window > LARGEST_WINDOW) {
        this.abortWith(stream, FLOW_CONTROL_ERROR)
        return
      }
    }
    this.#pump()
  }

  #onSettings(flags: number, id: number, payload: Buffer): void {
    if (id !== 0) throw new ConnectionError(PROTOCOL_ERROR, 'SETTINGS are of the connection')
    if ((flags & ACK) !== 0) {
      if (payload.byteLength > 0) throw new ConnectionError(FRAME_SIZE_ERROR, 'an acknowledgement has no settings')
      return
    }
    if (payload.byteLength % 6 !== 0) throw new ConnectionError(FRAME_SIZE_ERROR, 'SETTINGS have six bytes each')
    for (let at = 0; at < payload.byteLength; at += 6)
      this.#onSetting(payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
    this.#emit(frameOf(SETTINGS, ACK, 0))
    this.#pump()
  }

  /** What is larger than we make use of, and what we don't know, changes nothing. */
  #onSetting(name: number, value: number): void {
    if (name === ENABLE_PUSH && value > 1) throw new ConnectionError(PROTOCOL_ERROR, 'ENABLE_PUSH is 0 or 1')
    if (name === MAX_FRAME_SIZE && (value < FRAME_BYTES || value > 0xffffff))
      throw new ConnectionError(PROTOCOL_ERROR, 'MAX_FRAME_SIZE is out of its range')
    if (name !== INITIAL_WINDOW_SIZE) return
    if (value > LARGEST_WINDOW) throw new ConnectionError(FLOW_CONTROL_ERROR, 'INITIAL_WINDOW_SIZE is too large')
    const change = value - this.#initialWindow
    this.#initialWindow = value
    // RFC 9113 6.9.2: it may make windows negative.
    for (const stream of this.#streams.values()) {
      stream.window += change
      if (stream.window > LARGEST_WINDOW) throw new ConnectionError(FLOW_CONTROL_ERROR, 'a window is too large')
    }
  }

  #onPing(flags: number, id: number, payload: Buffer): void {
    if (id !== 0) throw new ConnectionError(PROTOCOL_ERROR, 'PING is of the connection')
    if (payload.byteLength !== 8) throw new ConnectionError(FRAME_SIZE_ERROR, 'PING has eight bytes')
    if ((flags & ACK) === 0) this.#emit(frameOf(PING, ACK, 0, payload.readUInt32BE(0), payload.readUInt32BE(4)))
  }

  #onReset(id: number, payload: Buffer): void {
    if (payload.byteLength !== 4) throw new ConnectionError(FRAME_SIZE_ERROR, 'RST_STREAM has four bytes')
    if (id === 0 || id > this.#lastId) throw new ConnectionError(PROTOCOL_ERROR, 'a reset of no stream')
    const stream = this.#streams.get(id)
    if (stream !== undefined) this.#forget(stream)
  }

  #spend(cost: number): void {
    if (!this.#budget.spend(cost)) throw new ConnectionError(ENHANCE_YOUR_CALM, 'too many frames that bring nothing')
  }

  // --- what goes out

  /** Everybody who waits in turn, as long as windows and socket have room. */
  #pump(): void {
    for (let moved = true; moved && this.#blocked.size > 0; ) {
      moved = false
      for (const stream of [...this.#blocked]) {
        if (stream.destroyed) continue
        if (this.#sendSome(stream, TURN_BYTES)) moved = true
        if (stream.destroyed || !stream.pending) this.#blocked.delete(stream)
        if (!stream.destroyed && stream.onDrain !== undefined && stream.writableLength === 0) {
          const drained = stream.onDrain
          stream.onDrain = undefined
          drained()
        }
      }
    }
  }

  /** @returns whether anything could go */
  #sendSome(stream: H2Stream, most: number): boolean {
    const room = SOCKET_BYTES - this.socket.writableLength - this.#batched
    if (room <= 0) return false
    const taken = stream.take(Math.max(0, Math.min(most, room, stream.window, this.#window)))
    if (taken === undefined) return false
    this.#window -= taken.bytes
    this.#emit(taken.frames)
    if (stream.writableFinished) this.#onAnswered(stream)
    return true
  }

  #onAnswered(stream: H2Stream): void {
    if (stream.bodyOpen) {
      // RFC 9113 8.1: the answer is complete, and the rest of the request of no use.
      this.#reset(stream.id, NO_ERROR)
    }
    this.#forget(stream)
  }

  #emit(frames: Buffer): void {
    if (this.destroyed) return
    if (this.#batch !== undefined) {
      this.#batch.push(frames)
      this.#batched += frames.byteLength
    } else this.#write(frames)
  }

  #flush(): void {
    const batch = this.#batch ?? []
    this.#batch = undefined
    this.#batched = 0
    const [first] = batch
    if (first === undefined || this.destroyed) return
    this.#write(batch.length === 1 ? first : Buffer.concat(batch))
  }

  #write(frames: Buffer): void {
    const { socket } = this
    if (socket.writableLength === 0) this.#progressAtMs = performance.now()
    if (!socket.writable) return
    socket.write(frames)
    if (socket.writableLength > CONTROL_BYTES) socket.destroy()
  }

  #reset(id: number, code: number): void {
    this.#emit(frameOf(RST_STREAM, 0, id, code))
  }

  /** Ends one stream for a mistake of its peer. */
  abortWith(stream: H2Stream, code: number): void {
    this.#spend(1)
    this.#reset(stream.id, code)
    this.#forget(stream)
  }

  #forget(stream: H2Stream): void {
    this.#streams.delete(stream.id)
    this.#blocked.delete(stream)
    this.#busyAtMs = performance.now()
    stream.closed()
    this.#endIfIdle()
  }

  #endIfIdle(): void {
    if (!this.#goingAway || this.#streams.size > 0) return
    // After what is to be written in this turn.
    setImmediate(() => this.socket.end())
  }

  #fail(error: unknown): void {
    const code = error instanceof ConnectionError ? error.code : INTERNAL_ERROR
    this.#goingAway = true
    if (!this.destroyed) this.#emit(frameOf(GOAWAY, 0, 0, this.#lastId, code))
    this.#flush()
    this.#rest = NOTHING
    this.socket.removeAllListeners('data')
    this.socket.resume()
    this.socket.end()
    // A moment for the last words.
    setTimeout(() => this.socket.destroy(), 200)
    for (const stream of [...this.#streams.values()]) this.#forget(stream)
    if (!(error instanceof ConnectionError)) throw error
  }

  #onClose(): void {
    this.#goingAway = true
    for (const stream of [...this.#streams.values()]) this.#forget(stream)
    this.#ports.onClosed(this)
  }
}

/** @param skip bytes before the payload proper. @throws ConnectionError when there is more padding than payload */
function withoutPadding(flags: number, payload: Buffer, skip: number): Buffer {
  const padded = (flags & PADDED) !== 0
  const from = (padded ? 1 : 0) + skip
  const to = payload.byteLength - (padded ? (payload[0] ?? 0) : 0)
  if (from > to) throw new ConnectionError(PROTOCOL_ERROR, 'more padding than there is room for')
  return payload.subarray(from, to)
}
