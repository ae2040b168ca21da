import type { Packet, Track } from '../media/packet.ts'
import type { Broadcast } from './broadcast.ts'

/**
 * The way of one connection's media into its broadcast. A slate may take its place while it is silent: when it sends
 * again, its time goes on behind the slate, from a picture at which players can start.
 */
export class EncoderLine {
  readonly #broadcast: Broadcast
  readonly #tracks = new Map<number, Track>()
  #interrupted = false
  /** What is added to each track's times, in its ticks; undefined: nothing. */
  #shifts: ReadonlyMap<number, number> | undefined
  #shiftSeconds = 0

  constructor(broadcast: Broadcast) {
    this.#broadcast = broadcast
  }

  /** A slate is shown in its place. */
  interrupt(): void {
    this.#interrupted = true
  }

  track(track: Track): void {
    this.#tracks.set(track.id, track)
    if (this.#interrupted) return
    if (this.#shifts !== undefined) this.#shiftBy(this.#shiftSeconds)
    this.#broadcast.track(track)
  }

  /** @returns false: the slate stays, nobody can start with this packet */
  write(packet: Packet): boolean {
    if (this.#interrupted && !this.#takesOver(packet)) return false
    this.#broadcast.write(this.#shifts === undefined ? packet : this.#shifted(packet))
    return true
  }

  #takesOver(packet: Packet): boolean {
    const track = this.#tracks.get(packet.trackId)
    if (track?.codec.kind !== 'h264' || !packet.isSync) return false
    this.#interrupted = false
    this.#broadcast.endSlate()
    this.#shiftBy(this.#broadcast.nextStartTime - packet.dts / track.timescale)
    for (const each of this.#tracks.values()) this.#broadcast.track(each)
    return true
  }

  #shiftBy(seconds: number): void {
    this.#shiftSeconds = seconds
    this.#shifts = new Map([...this.#tracks].map(([id, { timescale }]) => [id, Math.round(seconds * timescale)]))
  }

  #shifted(packet: Packet): Packet {
    return { ...packet, dts: packet.dts + (this.#shifts?.get(packet.trackId) ?? 0) }
  }
}
