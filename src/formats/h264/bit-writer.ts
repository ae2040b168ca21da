/** Writes bits, most significant first, into bytes that grow. */
export class BitWriter {
  #bytes = new Uint8Array(1024)
  /** Bits written. */
  #at = 0

  bits(value: number, count: number): this {
    this.#room(count)
    for (let bit = count - 1; bit >= 0; bit--) {
      if ((value >>> bit) & 1) this.#bytes[this.#at >> 3] = (this.#bytes[this.#at >> 3] ?? 0) | (0x80 >> (this.#at & 7))
      this.#at++
    }
    return this
  }

  /** Unsigned Exp-Golomb code `ue(v)`, ITU-T H.264 9.1. */
  ue(value: number): this {
    const length = 32 - Math.clz32(value + 1)
    return this.bits(0, length - 1).bits(value + 1, length)
  }

  /** Zero bits up to the next whole byte. */
  align(): this {
    return this.bits(0, (8 - (this.#at & 7)) & 7)
  }

  /** Whole bytes; only where it is aligned. */
  bytes(bytes: Uint8Array): this {
    this.#room(bytes.byteLength * 8)
    this.#bytes.set(bytes, this.#at >> 3)
    this.#at += bytes.byteLength * 8
    return this
  }

  /** `rbsp_trailing_bits`, ITU-T H.264 7.3.2.11, and what was written. */
  end(): Uint8Array {
    this.bits(1, 1).align()
    return this.done()
  }

  done(): Uint8Array {
    this.align()
    return this.#bytes.subarray(0, this.#at >> 3)
  }

  #room(bits: number): void {
    const wanted = ((this.#at + bits + 7) >> 3) + 1
    if (wanted <= this.#bytes.byteLength) return
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.byteLength * 2))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}
