import { MalformedError } from '../../base/errors.ts'
import { DEFAULT_CHUNK_SIZE, EXTENDED_TIMESTAMP, type Message, MessageType } from './message.ts'

/** What a peer may make the decoder hold. May be replaced on the way: a stranger gets less than a known publisher. */
export type ChunkLimits = {
  /** Longest message. Checked when its header declares it, before memory is taken. */
  readonly messageBytes: number
  /** All unfinished messages together. */
  readonly heldBytes: number
  /** Chunk streams a peer may use in the connection's life. */
  readonly chunkStreams: number
  /** Short payloads are cut from common memory, and keep it as long as one of them is kept: of use for media, which goes by. */
  readonly shareMemory?: boolean
}

/** Basic header of 3 bytes, message header of 11, extended timestamp of 4. */
const LONGEST_HEADER = 18
const MESSAGE_HEADER_LENGTHS = [11, 7, 3, 0] as const

/** Payloads up to a quarter of this share their memory: a message of its own costs the collector of garbage more than its copy. */
const SLAB_BYTES = 65_536

/** What the chunk headers of one chunk stream have said so far. */
type ChunkStream = {
  readonly id: number
  timestamp: number
  /** What a type 3 chunk that begins a message adds. */
  delta: number
  /** The 24-bit field was all ones. */
  extended: boolean
  /** The extended timestamp as it was sent. */
  extendedValue: number
  length: number
  typeId: number
  messageStreamId: number
  /** The message under way. */
  payload: Uint8Array | undefined
  filled: number
}

/**
 * Turns the bytes after the handshake into messages, RTMP 1.0 section 5.3. Bytes may come cut anywhere. Obeys Set Chunk
 * Size and Abort itself; all other messages, protocol control included, go to `onMessage` in order of completion.
 * Each payload is allocated once, when the limits allow its declared length, and each byte is copied once.
 */
export class ChunkDecoder {
  readonly #onMessage: (message: Message) => void
  readonly #streams = new Map<number, ChunkStream>()
  #limits: ChunkLimits
  #chunkSize = DEFAULT_CHUNK_SIZE
  #held = 0
  /** Whose chunk's payload comes next; undefined: a header comes next. */
  #current: ChunkStream | undefined
  #left = 0
  readonly #stash = new Uint8Array(LONGEST_HEADER)
  /** Memory that the next payloads are cut from; what was cut is never used again. */
  #slab: Uint8Array = new Uint8Array(0)
  #slabUsed = 0
  #stashed = 0
  /** Whether the peer repeats an extended timestamp in type 3 chunks, by the last one inside a message. */
  #repeatsExtended = true

  constructor(limits: ChunkLimits, onMessage: (message: Message) => void) {
    this.#limits = limits
    this.#onMessage = onMessage
  }

  set limits(limits: ChunkLimits) {
    this.#limits = limits
  }

  /** Bytes allocated for unfinished messages. */
  get heldBytes(): number {
    return this.#held
  }

  /** @throws MalformedError also when a limit is passed; the decoder can't go on after that. */
  push(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.byteLength) {
      const stream = this.#current
      if (stream === undefined) {
        at = this.#stashed === 0 ? this.#header(bytes, at) : this.#stashedHeader(bytes, at)
      } else {
        at = this.#payload(stream, bytes, at)
      }
    }
  }

  #payload(stream: ChunkStream, bytes: Uint8Array, at: number): number {
    const payload = stream.payload
    if (payload === undefined) throw new Error('a chunk stream without a message under way')
    const length = Math.min(this.#left, bytes.byteLength - at)
    payload.set(length === bytes.byteLength ? bytes : bytes.subarray(at, at + length), stream.filled)
    stream.filled += length
    this.#left -= length
    if (this.#left === 0) {
      this.#current = undefined
      if (stream.filled === stream.length) this.#complete(stream, payload)
    }
    return at + length
  }

  #complete(stream: ChunkStream, payload: Uint8Array): void {
    stream.payload = undefined
    this.#held -= payload.byteLength
    const message: Message = {
      chunkStreamId: stream.id,
      timestamp: stream.timestamp,
      typeId: stream.typeId,
      messageStreamId: stream.messageStreamId,
      payload,
    }
    if (message.typeId === MessageType.setChunkSize) this.#setChunkSize(payload)
    else if (message.typeId === MessageType.abort) this.#abort(payload)
    else this.#onMessage(message)
  }

  /** 5.4.1: "the maximum chunk size SHOULD be at least 128 bytes, and MUST be at least 1 byte"; the first bit must be zero. */
  #setChunkSize(payload: Uint8Array): void {
    const size = controlValue(payload, 'Set Chunk Size')
    if (size === 0 || size > 0x7fff_ffff) throw new MalformedError(`chunk size ${size}`)
    this.#chunkSize = size
  }

  /** 5.4.2: the message under way in that chunk stream is given up. */
  #abort(payload: Uint8Array): void {
    const stream = this.#streams.get(controlValue(payload, 'Abort Message'))
    if (stream?.payload === undefined) return
    this.#held -= stream.payload.byteLength
    stream.payload = undefined
  }

  /** Reads a header that may not be whole yet: what is there is kept until the rest comes. */
  #header(bytes: Uint8Array, at: number): number {
    const length = this.#readHeader(bytes, at, bytes.byteLength)
    if (length > 0) return at + length
    this.#stash.set(bytes.subarray(at), 0)
    this.#stashed = bytes.byteLength - at
    return bytes.byteLength
  }

  /** Goes on with a header whose first bytes came with an earlier push. */
  #stashedHeader(bytes: Uint8Array, at: number): number {
    const before = this.#stashed
    const more = Math.min(LONGEST_HEADER - before, bytes.byteLength - at)
    this.#stash.set(bytes.subarray(at, at + more), before)
    const length = this.#readHeader(this.#stash, 0, before + more)
    if (length === 0) {
      this.#stashed = before + more
      return at + more
    }
    this.#stashed = 0
    if (length >= before) return at + length - before
    // What looked like the start of an extended timestamp is payload.
    this.push(this.#stash.slice(length, before))
    return at
  }

  /** Reads one chunk header of `bytes[at..end)` and begins its payload. Answers its length, or 0 when it is not whole. */
  #readHeader(bytes: Uint8Array, at: number, end: number): number {
    const start = at
    const left = end - at
    const first = bytes[at] ?? 0
    const format = (first >> 6) as 0 | 1 | 2 | 3
    let id = first & 0x3f
    const basicLength = id === 0 ? 2 : id === 1 ? 3 : 1
    if (left < basicLength + MESSAGE_HEADER_LENGTHS[format]) return 0
    // 5.3.1.1: the id is (the second byte + 64), or (the third byte) * 256 + (the second byte + 64).
    if (id === 0) id = 64 + byteAt(bytes, at + 1)
    else if (id === 1) id = 64 + byteAt(bytes, at + 1) + byteAt(bytes, at + 2) * 256
    at += basicLength

    const known = this.#streams.get(id)
    if (format === 3) return this.#readType3(known, id, bytes, start, at, end)

    const field = u24At(bytes, at)
    const extended = field === EXTENDED_TIMESTAMP
    const headerEnd = at + MESSAGE_HEADER_LENGTHS[format]
    if (extended && end - headerEnd < 4) return 0
    if (known === undefined && format !== 0) {
      throw new MalformedError(`type ${format} chunk on chunk stream ${id}, which has had no message header`)
    }
    const stream = known ?? this.#newStream(id)
    if (stream.payload !== undefined) {
      throw new MalformedError(`type ${format} chunk in the middle of a message on chunk stream ${id}`)
    }
    const time = extended ? u32At(bytes, headerEnd) : field
    stream.timestamp = format === 0 ? time : (stream.timestamp + time) >>> 0
    stream.delta = time
    stream.extended = extended
    stream.extendedValue = time
    if (format < 2) {
      stream.length = u24At(bytes, at + 3)
      stream.typeId = byteAt(bytes, at + 6)
    }
    // 5.3.1.2.1: the message stream id is little-endian.
    if (format === 0) stream.messageStreamId = u32leAt(bytes, at + 7)
    this.#begin(stream)
    return headerEnd + (extended ? 4 : 0) - start
  }

  /**
   * 5.3.1.3: the extended timestamp "is present in Type 3 chunks when the most recent Type 0, 1, or 2 chunk for the same
   * chunk stream ID indicated the presence of an extended timestamp field". Some encoders leave it out inside a message,
   * others write the message's timestamp where the header had a delta: four bytes that are neither are payload.
   */
  #readType3(
    stream: ChunkStream | undefined,
    id: number,
    bytes: Uint8Array,
    start: number,
    at: number,
    end: number,
  ): number {
    if (stream === undefined) {
      throw new MalformedError(`type 3 chunk on chunk stream ${id}, which has had no message header`)
    }
    const inside = stream.payload !== undefined
    if (!stream.extended) {
      if (!inside) {
        stream.timestamp = (stream.timestamp + stream.delta) >>> 0
        this.#begin(stream)
      } else {
        this.#continue(stream)
      }
      return at - start
    }
    // A peer that leaves the field out may send fewer than four bytes of payload and nothing more.
    if (inside && !this.#repeatsExtended && stream.length - stream.filled < 4) {
      this.#continue(stream)
      return at - start
    }
    if (end - at < 4) return 0
    const value = u32At(bytes, at)
    if (inside) {
      this.#repeatsExtended = value === stream.extendedValue || value === stream.timestamp
      this.#continue(stream)
      return at - start + (this.#repeatsExtended ? 4 : 0)
    }
    if (this.#repeatsExtended) stream.delta = value
    stream.timestamp = (stream.timestamp + stream.delta) >>> 0
    this.#begin(stream)
    return at - start + (this.#repeatsExtended ? 4 : 0)
  }

  #newStream(id: number): ChunkStream {
    if (this.#streams.size >= this.#limits.chunkStreams) {
      throw new MalformedError(`more than ${this.#limits.chunkStreams} chunk streams`)
    }
    const stream: ChunkStream = {
      id,
      timestamp: 0,
      delta: 0,
      extended: false,
      extendedValue: 0,
      length: 0,
      typeId: 0,
      messageStreamId: 0,
      payload: undefined,
      filled: 0,
    }
    this.#streams.set(id, stream)
    return stream
  }

  #begin(stream: ChunkStream): void {
    const { messageBytes, heldBytes } = this.#limits
    if (stream.length > messageBytes) {
      throw new MalformedError(`a message of ${stream.length} bytes; at most ${messageBytes} are allowed`)
    }
    if (this.#held + stream.length > heldBytes) {
      throw new MalformedError(`unfinished messages of more than ${heldBytes} bytes`)
    }
    const payload = this.#allocate(stream.length)
    stream.filled = 0
    if (stream.length === 0) {
      this.#complete(stream, payload)
      return
    }
    this.#held += stream.length
    stream.payload = payload
    this.#continue(stream)
  }

  /** The caller has checked the length against the limits. */
  #allocate(length: number): Uint8Array {
    if (length > SLAB_BYTES / 4 || !this.#limits.shareMemory) return unfilled(length)
    if (this.#slabUsed + length > this.#slab.byteLength) {
      this.#slab = unfilled(SLAB_BYTES)
      this.#slabUsed = 0
    }
    const from = this.#slabUsed
    this.#slabUsed += length
    return this.#slab.subarray(from, this.#slabUsed)
  }

  #continue(stream: ChunkStream): void {
    this.#current = stream
    this.#left = Math.min(this.#chunkSize, stream.length - stream.filled)
  }
}

/** Without zeros in it: a payload is handed on only when all of it was written. */
const unfilled = (length: number): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)

function controlValue(payload: Uint8Array, name: string): number {
  if (payload.byteLength !== 4) throw new MalformedError(`${name} of ${payload.byteLength} bytes`)
  return u32At(payload, 0)
}

// The callers have checked the length; a header is read without making a reader for it.
const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0
const u24At = (bytes: Uint8Array, at: number): number =>
  (byteAt(bytes, at) << 16) | (byteAt(bytes, at + 1) << 8) | byteAt(bytes, at + 2)
const u32At = (bytes: Uint8Array, at: number): number => ((u24At(bytes, at) << 8) | byteAt(bytes, at + 3)) >>> 0
const u32leAt = (bytes: Uint8Array, at: number): number =>
  (byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)) >>>
  0
