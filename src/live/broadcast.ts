import type { Packet, Track } from '../media/packet.ts'
import type { BroadcastStart, ChannelRef, Publisher, Reader } from './ports.ts'

/** Media time at which a broadcast's first packet lies. Far from zero, so that no decode time is ever negative. */
const FIRST_MEDIA_TIME = 10

/**
 * One broadcast: the tracks and packets of one publisher at a time, shared with all readers.
 * It outlives its publisher's connection; who may publish and when it ends is the hub's business.
 */
export class Broadcast {
  readonly id: string
  readonly channel: ChannelRef
  readonly start: BroadcastStart
  readonly startedAtMs: number
  readonly #readers = new Set<Reader>()
  readonly #tracks = new Map<number, Track>()
  /** End of what each track has shown, in seconds. */
  readonly #ends = new Map<number, number>()
  readonly #lastDts = new Map<number, number>()
  /** Who publishes now. */
  publisher: Publisher | undefined
  /** Packets whose decode time didn't grow: left out. */
  dropped = 0
  packets = 0

  constructor(channel: ChannelRef, start: BroadcastStart, startedAtMs: number) {
    this.id = start.id
    this.channel = channel
    this.start = start
    this.startedAtMs = startedAtMs
  }

  get slug(): string {
    return this.channel.slug
  }
  get tracks(): readonly Track[] {
    return [...this.#tracks.values()]
  }

  /** Where the next publication's time begins: where the last one's ended. */
  get nextStartTime(): number {
    return Math.max(FIRST_MEDIA_TIME, ...this.#ends.values())
  }

  attach(reader: Reader): () => void {
    this.#readers.add(reader)
    for (const track of this.#tracks.values()) reader.track(track)
    return () => this.#readers.delete(reader)
  }

  track(track: Track): void {
    this.#tracks.set(track.id, track)
    for (const reader of this.#readers) reader.track(track)
  }

  write(packet: Packet): void {
    const track = this.#tracks.get(packet.trackId)
    const last = this.#lastDts.get(packet.trackId)
    if (track === undefined || (last !== undefined && packet.dts <= last)) {
      this.dropped++
      return
    }
    this.packets++
    this.#lastDts.set(packet.trackId, packet.dts)
    // A frame's length is not known before the next one; the last step is the best guess, and no less than a tick.
    const step = last === undefined ? track.timescale / 50 : Math.min(packet.dts - last, track.timescale)
    this.#ends.set(packet.trackId, (packet.dts + step) / track.timescale)
    for (const reader of this.#readers) reader.packet(packet)
  }

  /** The publisher is gone. What comes next, if anything, comes from a new connection with tracks of its own. */
  discontinuity(): void {
    this.#tracks.clear()
    this.#lastDts.clear()
    for (const reader of this.#readers) reader.discontinuity()
  }

  end(how: 'ended' | 'stopped'): void {
    for (const reader of this.#readers) reader.end(how)
    this.#readers.clear()
  }
}
