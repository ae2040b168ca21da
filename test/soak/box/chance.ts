/** Chance that can be had again: the same seed, the same numbers (a 32-bit linear congruence with its bits mixed). */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1, which it never is. */
  share(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 16), 0x85eb_ca6b)
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35)
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
  }

  /** A number of this range. */
  between(low: number, high: number): number {
    return low + this.share() * (high - low)
  }

  /** A whole number below this one. */
  below(count: number): number {
    return Math.floor(this.share() * count)
  }

  /** @throws Error when there is nothing to choose from */
  oneOf<Each>(values: readonly Each[]): Each {
    const value = values[this.below(values.length)]
    if (value === undefined) throw new Error('nothing to choose from')
    return value
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) bytes[i] = this.below(256)
    return bytes
  }
}
