import type { Packet } from '../../media/packet.ts'

export type JoinGroupOptions = {
  /** More is not kept. */
  readonly mostBytes: number
  /** Nobody else keeps the packets: their bytes are copied. */
  readonly copies: boolean
}

/** A packet whose bytes lie in the group's memory. */
type Kept = { trackId: number; dts: number; cts: number; isSync: boolean; begin: number; end: number }

const FIRST_BYTES = 256 << 10

/**
 * Packets since the last one that a player can begin with.
 *
 * Where they are packaged, they are kept as they are: a part has their bytes. Else nobody keeps them, and they would live just long
 * enough to be taken for old, so that V8 looks through its whole heap for them (docs/decisions/0007-reading-publishers.md). Then their
 * bytes are copied into memory that group after group uses again.
 */
export class JoinGroup {
  readonly #options: JoinGroupOptions
  #packets: Packet[] = []
  /** As many as there ever were in a group; `#count` of them are of this one. */
  readonly #kept: Kept[] = []
  #count = 0
  #memory: Uint8Array | undefined
  #bytes = 0
  /** Somebody has views of the memory. */
  #isShared = false
  #hasBegun = false

  constructor(options: JoinGroupOptions) {
    this.#options = options
  }

  get first(): Pick<Packet, 'trackId' | 'dts'> | undefined {
    if (!this.#options.copies) return this.#packets[0]
    return this.#count > 0 ? this.#kept[0] : undefined
  }

  /** A player can begin with the next packet. */
  begin(): void {
    // One group that was large is no reason to keep so much for ever.
    const enough = Math.max(FIRST_BYTES, 4 * this.#bytes)
    if (this.#memory !== undefined && this.#memory.byteLength > enough) this.#memory = undefined
    this.clear()
    this.#hasBegun = true
  }

  /** Nothing is kept until the next begins. */
  clear(): void {
    this.#hasBegun = false
    this.#packets = []
    this.#count = 0
    this.#bytes = 0
    if (this.#isShared) this.#memory = undefined
    this.#isShared = false
  }

  /** @returns false when the group is too large from now on, and cleared */
  add(packet: Packet): boolean {
    if (!this.#hasBegun) return true
    const begin = this.#bytes
    this.#bytes += packet.data.byteLength
    if (this.#bytes > this.#options.mostBytes) {
      this.clear()
      return false
    }
    if (this.#options.copies) this.#copy(packet, begin)
    else this.#packets.push(packet)
    return true
  }

  /** All of them, oldest first; they stay as they are for whoever has them. */
  packets(): readonly Packet[] {
    if (!this.#options.copies) return this.#packets.slice()
    const memory = this.#memory
    if (memory === undefined) return []
    this.#isShared = true
    return this.#kept
      .slice(0, this.#count)
      .map(({ begin, end, ...facts }) => ({ ...facts, data: memory.subarray(begin, end) }))
  }

  #copy({ trackId, dts, cts, isSync, data }: Packet, begin: number): void {
    const end = this.#bytes
    if (this.#memory === undefined || end > this.#memory.byteLength) this.#grow(begin, end)
    this.#memory?.set(data, begin)
    const kept = this.#kept[this.#count++]
    if (kept === undefined) this.#kept.push({ trackId, dts, cts, isSync, begin, end })
    else {
      kept.trackId = trackId
      kept.dts = dts
      kept.cts = cts
      kept.isSync = isSync
      kept.begin = begin
      kept.end = end
    }
  }

  #grow(used: number, wanted: number): void {
    const { mostBytes } = this.#options
    const size = Math.min(mostBytes, Math.max(FIRST_BYTES, wanted, 2 * (this.#memory?.byteLength ?? 0)))
    const memory = Buffer.allocUnsafeSlow(size)
    if (this.#memory !== undefined) memory.set(this.#memory.subarray(0, used))
    this.#memory = memory
    this.#isShared = false
  }
}
