import { type Packet, rescale, type Track } from '../media/packet.ts'
import type { BroadcastStart, ChannelRef, Publisher, Reader } from './ports.ts'

/** Media time at which a broadcast's first packet lies. Far from zero, so that no decode time is ever negative. */
export const FIRST_MEDIA_TIME = 10

/** A track, and how far it has come. */
type TrackState = {
  readonly track: Track
  /** Decode time of the newest packet; undefined before the first. */
  lastDts: number | undefined
  /** A frame's length is not known before the next one; the last step is the best guess, and no less than a tick. */
  step: number
}

/**
 * One broadcast: the tracks and packets of one publisher at a time, shared with all readers.
 * It outlives its publisher's connection; who may publish and when it ends is the hub's business.
 */
export class Broadcast {
  readonly id: string
  readonly channel: ChannelRef
  readonly start: BroadcastStart
  readonly startedAtMs: number
  /** Media time before which nothing of this process may lie, seconds. */
  readonly #from: number
  readonly #readers = new Set<Reader>()
  readonly #tracks = new Map<number, TrackState>()
  /** End of what the publishers before this one have shown, in seconds. */
  #endBefore = 0
  /** Where the slate that is shown now began, and how long those before it were, seconds. */
  #slateFrom: number | undefined
  #slateSeconds = 0
  /** Who publishes now. */
  publisher: Publisher | undefined
  /** Packets whose decode time didn't grow: left out. */
  dropped = 0
  packets = 0

  /** @param mediaTime where a process before this one came to, seconds */
  constructor(channel: ChannelRef, start: BroadcastStart, startedAtMs: number, mediaTime = 0) {
    this.#from = Math.max(FIRST_MEDIA_TIME, mediaTime)
    this.id = start.id
    this.channel = channel
    this.start = start
    this.startedAtMs = startedAtMs
  }

  get slug(): string {
    return this.channel.slug
  }
  get tracks(): readonly Track[] {
    return [...this.#tracks.values()].map(({ track }) => track)
  }

  /** Where the next publication's time begins: where the last one's ended. */
  get nextStartTime(): number {
    return Math.max(this.#from, this.#endBefore, ...[...this.#tracks.values()].map(endOf))
  }

  /** How much media its encoders have sent, over reconnects and restarts, seconds. */
  get mediaSeconds(): number {
    const end = this.#slateFrom ?? this.nextStartTime
    return end - FIRST_MEDIA_TIME - this.#slateSeconds
  }

  /** It began in a process before this one. */
  get isResumed(): boolean {
    return this.#from > FIRST_MEDIA_TIME
  }

  /** A slate fills it while its encoder is away. */
  get showsSlate(): boolean {
    return this.#slateFrom !== undefined
  }

  /** What is written from now on is a slate: it is shown, and counted as nothing. */
  beginSlate(): void {
    this.discontinuity()
    this.#slateFrom = this.nextStartTime
  }

  /** The slate is over. */
  endSlate(): void {
    if (this.#slateFrom === undefined) return
    this.#slateSeconds += this.nextStartTime - this.#slateFrom
    this.#slateFrom = undefined
    this.discontinuity()
  }

  /** One of its readers has somebody who waits for what comes next. */
  get isAwaited(): boolean {
    for (const reader of this.#readers) if (reader.isAwaited === true) return true
    return false
  }

  attach(reader: Reader): () => void {
    this.#readers.add(reader)
    for (const { track } of this.#tracks.values()) reader.track(track)
    return () => this.#readers.delete(reader)
  }

  track(track: Track): void {
    const known = this.#tracks.get(track.id)
    this.#tracks.set(track.id, known === undefined ? { track, lastDts: undefined, step: 0 } : continued(known, track))
    for (const reader of this.#readers) reader.track(track)
  }

  write(packet: Packet): void {
    const state = this.#tracks.get(packet.trackId)
    const last = state?.lastDts
    if (state === undefined || (last !== undefined && packet.dts <= last)) {
      this.dropped++
      return
    }
    if (this.#slateFrom === undefined) this.packets++
    const { timescale } = state.track
    state.step = last === undefined ? timescale / 50 : Math.min(packet.dts - last, timescale)
    state.lastDts = packet.dts
    for (const reader of this.#readers) reader.packet(packet)
  }

  /** The publisher is gone. What comes next, if anything, comes from a new connection with tracks of its own. */
  discontinuity(): void {
    // Nothing came since the last one.
    if (this.#tracks.size === 0) return
    this.#endBefore = this.nextStartTime
    this.#tracks.clear()
    for (const reader of this.#readers) reader.discontinuity()
  }

  /** @param atMs since 1970, one time for all that tell of this end */
  end(how: 'ended' | 'stopped', atMs = Date.now()): void {
    for (const reader of this.#readers) reader.end(how, atMs)
    this.#readers.clear()
  }
}

/** Another configuration of a track, whose times may be counted in other ticks. */
function continued({ track: { timescale }, lastDts, step }: TrackState, track: Track): TrackState {
  const ticks = (of: number): number => rescale(of, timescale, track.timescale)
  return { track, lastDts: lastDts === undefined ? undefined : ticks(lastDts), step: ticks(step) }
}

/** End of what a track has shown, in seconds. */
const endOf = ({ track, lastDts, step }: TrackState): number =>
  lastDts === undefined ? 0 : (lastDts + step) / track.timescale
