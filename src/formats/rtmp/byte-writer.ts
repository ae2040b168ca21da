/** A growing buffer that is written front to back, big-endian. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  /** @param capacity bytes to begin with; exact when the length is known */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }
  u8(value: number): this {
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
    return this
  }
  u16(value: number): this {
    const at = this.#grow(2)
    this.#view.setUint16(at, value)
    return this
  }
  u24(value: number): this {
    const at = this.#grow(3)
    this.#view.setUint8(at, value >>> 16)
    this.#view.setUint16(at + 1, value & 0xffff)
    return this
  }
  u32(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, value)
    return this
  }
  u32le(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
    return this
  }
  f64(value: number): this {
    const at = this.#grow(8)
    this.#view.setFloat64(at, value)
    return this
  }
  bytes(value: Uint8Array): this {
    const at = this.#grow(value.byteLength)
    this.#bytes.set(value, at)
    return this
  }
  /** What was written, not copied; write no more afterwards. */
  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Makes room and answers where it begins. May replace the view: call it before touching that. */
  #grow(by: number): number {
    const at = this.#length
    this.#length += by
    if (this.#length > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.byteLength * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}
