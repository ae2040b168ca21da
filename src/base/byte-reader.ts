import { MalformedError } from './errors.ts'

/** A forward-only cursor over bytes from outside. Big-endian. Reading past the end throws; it never returns undefined. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get at(): number {
    return this.#at
  }
  get left(): number {
    return this.#bytes.byteLength - this.#at
  }
  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2))
  }
  u24(): number {
    const at = this.#take(3)
    return (this.#view.getUint16(at) << 8) | this.#view.getUint8(at + 2)
  }
  i24(): number {
    return (this.u24() << 8) >> 8
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4))
  }
  u32le(): number {
    return this.#view.getUint32(this.#take(4), true)
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8))
  }
  /** The next `length` bytes, not copied. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }
  rest(): Uint8Array {
    return this.bytes(this.left)
  }

  #take(length: number): number {
    if (length < 0 || length > this.left) {
      throw new MalformedError(`need ${length} bytes at offset ${this.#at}, have ${this.left}`)
    }
    const at = this.#at
    this.#at += length
    return at
  }
}
