import { ByteReader } from '../../base/byte-reader.ts'
import { assertNever, MalformedError } from '../../base/errors.ts'

const PAGE_HEADER = 27
/** A lacing value below it ends a packet. */
const FULL_SEGMENT = 255
const CONTINUED = 1
const DEFAULT_MAX_PACKET_BYTES = 65_536

/**
 * Turns the bytes of an Ogg stream of one track (RFC 3533), cut anywhere, into packets, each in a buffer of its own. What a
 * pipe of a child carries can't be damaged on the way, so checksums are not looked at, and there is no search for the next page.
 */
export class OggDecoder {
  readonly #maxPacketBytes: number
  readonly #onPacket: (packet: Uint8Array<ArrayBuffer>) => void
  #state: 'page-header' | 'segment-table' | 'body' = 'page-header'
  #gather = new Uint8Array(PAGE_HEADER)
  #filled = 0
  #serial: number | undefined
  #table = new Uint8Array(0)
  /** Of a packet that goes on in the next segment. */
  #pieces: Uint8Array[] = []
  #bytes = 0

  constructor(onPacket: (packet: Uint8Array<ArrayBuffer>) => void, maxPacketBytes: number = DEFAULT_MAX_PACKET_BYTES) {
    this.#onPacket = onPacket
    this.#maxPacketBytes = maxPacketBytes
  }

  /** @throws MalformedError; the decoder can't go on after that. */
  push(bytes: Uint8Array): void {
    let at = 0
    for (;;) {
      const length = Math.min(this.#gather.byteLength - this.#filled, bytes.byteLength - at)
      this.#gather.set(bytes.subarray(at, at + length), this.#filled)
      this.#filled += length
      at += length
      if (this.#filled < this.#gather.byteLength) return
      this.#take(this.#gather)
    }
  }

  #expect(state: 'page-header' | 'segment-table' | 'body', length: number): void {
    this.#state = state
    this.#gather = new Uint8Array(length)
    this.#filled = 0
  }

  #take(whole: Uint8Array): void {
    switch (this.#state) {
      case 'page-header':
        this.#expect('segment-table', this.#pageHeader(whole))
        break
      case 'segment-table':
        this.#table = Uint8Array.from(whole)
        this.#expect(
          'body',
          whole.reduce((sum, lacing) => sum + lacing, 0),
        )
        break
      case 'body':
        this.#body(whole)
        this.#expect('page-header', PAGE_HEADER)
        break
      default:
        assertNever(this.#state)
    }
  }

  /** @returns how many segments the page has */
  #pageHeader(whole: Uint8Array): number {
    const r = new ByteReader(whole)
    if (r.u32() !== 0x4f_67_67_53) throw new MalformedError('not an Ogg page')
    const version = r.u8()
    if (version !== 0) throw new MalformedError(`Ogg version ${version}`)
    const isContinued = (r.u8() & CONTINUED) !== 0
    if (isContinued !== this.#pieces.length > 0) {
      throw new MalformedError(isContinued ? 'an Ogg packet without its beginning' : 'an Ogg packet without its end')
    }
    r.bytes(8) // granule_position: packets are counted by who reads them
    const serial = r.u32le()
    this.#serial ??= serial
    if (serial !== this.#serial) throw new MalformedError('an Ogg stream of several tracks')
    r.bytes(8) // page_sequence_no, CRC_checksum
    return r.u8()
  }

  #body(whole: Uint8Array): void {
    let at = 0
    for (const lacing of this.#table) {
      this.#pieces.push(whole.subarray(at, at + lacing))
      at += lacing
      this.#bytes += lacing
      if (this.#bytes > this.#maxPacketBytes)
        throw new MalformedError(`an Ogg packet of more than ${this.#maxPacketBytes} bytes`)
      if (lacing < FULL_SEGMENT) this.#packet()
    }
  }

  #packet(): void {
    const packet = new Uint8Array(this.#bytes)
    let at = 0
    for (const piece of this.#pieces) {
      packet.set(piece, at)
      at += piece.byteLength
    }
    this.#pieces = []
    this.#bytes = 0
    this.#onPacket(packet)
  }
}
