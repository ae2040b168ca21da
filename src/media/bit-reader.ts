import { MalformedError } from '../base/errors.ts'

/** A forward-only cursor over bits, most significant first. Reading past the end throws; it never returns made-up zeros. */
export class BitReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Bits that are left. */
  get left(): number {
    return this.#bytes.byteLength * 8 - this.#at
  }

  bit(): number {
    const byte = this.#bytes[this.#at >> 3]
    if (byte === undefined) throw new MalformedError(`need 1 bit at bit ${this.#at}, have none`)
    const bit = (byte >> (7 - (this.#at & 7))) & 1
    this.#at++
    return bit
  }

  flag(): boolean {
    return this.bit() === 1
  }

  /** An unsigned number of `count` bits, at most 32. */
  bits(count: number): number {
    if (count > this.left) throw new MalformedError(`need ${count} bits at bit ${this.#at}, have ${this.left}`)
    let value = 0
    for (let i = 0; i < count; i++) value = value * 2 + this.bit()
    return value
  }

  skip(count: number): void {
    if (count > this.left) throw new MalformedError(`need ${count} bits at bit ${this.#at}, have ${this.left}`)
    this.#at += count
  }

  /** Unsigned Exp-Golomb code `ue(v)`, ITU-T H.264 9.1. At most 31 leading zeros, so below 2^32 - 1. */
  ue(): number {
    let zeros = 0
    while (this.bit() === 0) {
      if (++zeros > 31) throw new MalformedError(`Exp-Golomb code with more than 31 leading zeros at bit ${this.#at}`)
    }
    return 2 ** zeros - 1 + this.bits(zeros)
  }

  /** Signed Exp-Golomb code `se(v)`, ITU-T H.264 9.1.1. */
  se(): number {
    const code = this.ue()
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2 + 0
  }
}
