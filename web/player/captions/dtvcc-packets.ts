/** A block of one service's codes. `service` counts from 1 to 63. */
export type ServiceBlock = { readonly service: number; readonly data: readonly number[] }

/** packet_size_code 0 is 128 bytes, the largest (ANSI/CTA-708 5). */
const largest = 128
/** Service numbers from here on stand in a byte of their own (6.2.2). */
const extended = 7

/** Gathers caption channel packets from the pairs of frames, and takes them apart into blocks of services (ANSI/CTA-708 5 and 6). */
export class DtvccPackets {
  #packet: number[] = []
  /** Bytes that the packet has in all; 0: none has begun. */
  #size = 0

  /**
   * A pair of cc_type 3, which begins a packet, or 2, which goes on with it. One that was never completed is dropped.
   * @returns the blocks of a packet that is whole now
   */
  push(begins: boolean, first: number, second: number): ServiceBlock[] {
    if (begins) {
      this.#packet = []
      this.#size = (first & 0x3f) * 2 || largest
    }
    if (this.#size === 0) return []
    this.#packet.push(first, second)
    if (this.#packet.length < this.#size) return []
    const blocks = blocksOf(this.#packet)
    this.#size = 0
    return blocks
  }
}

function blocksOf(packet: readonly number[]): ServiceBlock[] {
  const blocks: ServiceBlock[] = []
  for (let at = 1; at < packet.length; ) {
    const header = packet[at++] ?? 0
    const size = header & 0x1f
    let service = header >> 5
    // A null block ends the packet.
    if (service === 0) break
    if (service === extended && size > 0) service = (packet[at++] ?? 0) & 0x3f
    if (size > packet.length - at) break
    if (size > 0 && service > 0) blocks.push({ service, data: packet.slice(at, at + size) })
    at += size
  }
  return blocks
}
