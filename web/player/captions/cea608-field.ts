import { Cea608Channel } from './cea608-channel.ts'
import { basicCharacter, extendedCharacter, specialCharacter } from './cea608-characters.ts'

/** Rows of preamble address codes by the low three bits of the first byte (ANSI/CTA-608 table 53), counted from 0. */
const addressRows = [10, 0, 2, 11, 13, 4, 6, 8] as const

/** One field of line 21: two caption channels, chosen by the control codes between their texts; extended data services are passed over. */
export class Cea608Field {
  readonly channels = [new Cea608Channel(), new Cea608Channel()] as const
  #current: Cea608Channel | null = null
  #last = 0
  #inExtendedData = false

  /** A pair as it was sent, parity included: it is not looked at, for H.264 loses no bits. */
  push(firstByte: number, secondByte: number): void {
    const first = firstByte & 0x7f
    const second = secondByte & 0x7f
    if (first === 0 && second === 0) return
    if (first >= 0x10 && first < 0x20) {
      this.#inExtendedData = false
      // Control codes come twice, in case one is lost.
      const pair = (first << 8) | second
      const repeated = pair === this.#last
      this.#last = repeated ? 0 : pair
      if (!repeated) this.#code(first, second)
      return
    }
    this.#last = 0
    if (first > 0 && first < 0x10) this.#inExtendedData = first !== 0x0f
    else if (!this.#inExtendedData) {
      if (first >= 0x20) this.#current?.write(basicCharacter(first))
      if (second >= 0x20) this.#current?.write(basicCharacter(second))
    }
  }

  #code(first: number, second: number): void {
    const channel = this.channels[(first & 0x08) === 0 ? 0 : 1]
    this.#current = channel
    const group = first & 0x07
    if (second >= 0x40) {
      const row = addressRows[group] ?? 0
      const indent = (second & 0x10) === 0 ? 0 : ((second & 0x0e) >> 1) * 4
      channel.address(row + (group !== 0 && second >= 0x60 ? 1 : 0), indent, (second & 0x1e) === 0x0e)
    } else if (group === 1 && second >= 0x30) channel.write(specialCharacter(second))
    else if (group === 1 && second >= 0x20) channel.midRow((second & 0x0e) === 0x0e)
    else if ((group === 2 || group === 3) && second >= 0x20) channel.replace(extendedCharacter(group, second))
    else if ((group === 4 || group === 5) && second >= 0x20 && second < 0x30) channel.control(second)
    else if (group === 7 && second >= 0x21 && second <= 0x23) channel.tab(second - 0x20)
  }
}
