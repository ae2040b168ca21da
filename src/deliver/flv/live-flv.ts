import { type FlvMessage, NOTHING } from '../../formats/flv/flv-message.ts'
import type { Reader } from '../../live/ports.ts'
import type { Packet, Track } from '../../media/packet.ts'
import { configurationOf } from '../../media/sound.ts'
import { Feed } from './feed.ts'
import { JoinGroup } from './join-group.ts'
import type { Layout } from './layouts.ts'
import { configMessage, type FlvTrack, flvTime, frameMessage, isFlvTrack, metadataMessage } from './live-messages.ts'
import type { Outlet, ViewerRules } from './viewer.ts'

export type LiveFlvOptions = {
  readonly rules: ViewerRules
  /** How long frames are gathered before they are sent, milliseconds. */
  readonly mergeMs: number | 'auto'
  /** Nobody else keeps the packets: what those who join begin with is copied. */
  readonly copies: boolean
  /** The broadcast is over, and all who played it are told. */
  readonly onEnd: () => void
}

/** A player's place in a broadcast. */
export type Seat = {
  /** Nothing is sent until it goes on, with the next key frame. */
  pause(yes: boolean): void
  /** Idempotent. */
  leave(): void
}

/** Sound alone: a player begins with the last so many seconds. The first ones are waited for, as a picture may be to come. */
const SOUND_GROUP_SECONDS = 1
/** What is kept for those who join, of what may wait for a player. */
const GROUP_SHARE = 1 / 2
/** By the number of players: with so many at most, frames are gathered so long, milliseconds. */
const MERGE_STEPS: readonly (readonly [viewers: number, ms: number])[] = [
  [4, 0],
  [32, 20],
  [128, 40],
]
const MERGE_MANY_MS = 80

/**
 * A broadcast for players of RTMP, HTTP-FLV and WebSocket-FLV. While nobody plays, it only keeps the packets since the last
 * key frame, so that the first player begins at once.
 */
export class LiveFlv implements Reader {
  readonly #options: LiveFlvOptions
  readonly #tracks = new Map<number, FlvTrack>()
  /** The last configuration of each track that players were told of, over reconnects of the encoder. */
  readonly #told = new Map<number, Uint8Array>()
  readonly #feeds = new Map<string, Feed>()
  /** Empty when there is none, or when it was too large. */
  readonly #group: JoinGroup
  /** A start has come since the publisher did. */
  #isOpen = false
  /** Seconds of media: where sound alone began, or its last group. */
  #soundSince: number | undefined
  #lastMs = 0
  #timer: NodeJS.Timeout | undefined
  #flushedAtMs = 0
  #end: 'ended' | 'stopped' | undefined

  constructor(options: LiveFlvOptions) {
    this.#options = options
    const { rules, copies } = options
    this.#group = new JoinGroup({ mostBytes: rules.bufferedBytes * GROUP_SHARE, copies })
  }

  /** Who plays now, by protocol. */
  viewers(protocol: Layout['protocol']): number {
    let sum = 0
    for (const feed of this.#feeds.values()) if (feed.layout.protocol === protocol) sum += feed.viewers
    return sum
  }

  get isAwaited(): boolean {
    return this.#feeds.size > 0
  }

  /** The outlet may be written to before this returns, and is told the end. */
  join(layout: Layout, outlet: Outlet): Seat {
    if (this.#end !== undefined) {
      outlet.end(this.#end)
      return { pause: () => {}, leave: () => {} }
    }
    const feed = this.#feeds.get(layout.name) ?? this.#open(layout)
    const viewer = feed.join(outlet)
    return {
      pause: (yes) => viewer.pause(yes),
      leave: () => {
        feed.leave(viewer)
        if (feed.viewers === 0 && this.#feeds.get(layout.name) === feed) this.#feeds.delete(layout.name)
      },
    }
  }

  track(track: Track): void {
    if (!isFlvTrack(track)) return
    const isNew = !this.#tracks.has(track.id)
    this.#tracks.set(track.id, track)
    const configuration = configurationOf(track.codec)
    const told = this.#told.get(track.id)
    this.#told.set(track.id, configuration)
    if (told !== undefined && Buffer.compare(told, configuration) === 0) return
    for (const feed of this.#feeds.values()) feed.change(configMessage(track, this.#lastMs))
    // What is there was made for another configuration, or is the sound before the first picture.
    if (!isNew || track.codec.kind === 'h264') this.#forgetGroup()
    if (isNew && track.codec.kind === 'h264') this.#isOpen = false
  }

  packet(packet: Packet): void {
    const track = this.#tracks.get(packet.trackId)
    if (track === undefined) return
    const isStart = this.#starts(packet, track)
    if (isStart) {
      this.#isOpen = true
      this.#group.begin()
    } else if (!this.#isOpen) return
    if (!this.#group.add(packet)) this.#forgetGroup()
    if (this.#feeds.size === 0) return
    const message = frameMessage(packet, track)
    this.#lastMs = message.timestamp
    for (const feed of this.#feeds.values()) feed.add(message, isStart)
    this.#flushSoon()
  }

  discontinuity(): void {
    this.#flush()
    this.#tracks.clear()
    this.#forgetGroup()
    this.#isOpen = false
    this.#soundSince = undefined
  }

  end(how: 'ended' | 'stopped'): void {
    this.#end = how
    this.#clearTimer()
    for (const feed of this.#feeds.values()) feed.end(how)
    this.#forgetGroup()
    this.#options.onEnd()
  }

  /** A key frame; of sound alone, its first frame in each second. */
  #starts(packet: Packet, { codec, timescale }: Track): boolean {
    if (codec.kind === 'h264') return packet.isSync
    for (const { codec: other } of this.#tracks.values()) if (other.kind === 'h264') return false
    const seconds = packet.dts / timescale
    this.#soundSince ??= seconds
    if (seconds - this.#soundSince < SOUND_GROUP_SECONDS) return false
    this.#soundSince = seconds
    return true
  }

  #forgetGroup(): void {
    this.#group.clear()
    for (const feed of this.#feeds.values()) feed.forgetGroup()
  }

  #open(layout: Layout): Feed {
    const feed: Feed = new Feed({
      layout,
      rules: this.#options.rules,
      configuration: (isFirst) => this.#configuration(layout, isFirst),
    })
    for (const [index, packet] of this.#group.packets().entries()) {
      const track = this.#tracks.get(packet.trackId)
      if (track !== undefined) feed.add(frameMessage(packet, track), index === 0)
    }
    this.#feeds.set(layout.name, feed)
    return feed
  }

  #configuration(layout: Layout, isFirst: boolean): { prefix: Uint8Array; messages: readonly FlvMessage[] } {
    const tracks = [...this.#tracks.values()]
    const has = (kind: Track['codec']['kind']): boolean => tracks.some(({ codec }) => codec.kind === kind)
    const { first } = this.#group
    const track = first && this.#tracks.get(first.trackId)
    const at = first === undefined || track === undefined ? this.#lastMs : flvTime(first.dts, track.timescale)
    const configs = tracks.map((each) => configMessage(each, at))
    if (!isFirst) return { prefix: NOTHING, messages: configs }
    const prefix = layout.prefix({ audio: has('aac'), video: has('h264') })
    return { prefix, messages: [metadataMessage(tracks), ...configs] }
  }

  #flushSoon(): void {
    // Even when nothing is gathered, what was read at once goes out at once.
    this.#timer ??= setTimeout(
      () => this.#flush(),
      Math.max(0, this.#flushedAtMs + this.#mergeMs() - performance.now()),
    )
  }

  #mergeMs(): number {
    const { mergeMs } = this.#options
    if (mergeMs !== 'auto') return mergeMs
    let viewers = 0
    for (const feed of this.#feeds.values()) viewers += feed.viewers
    return MERGE_STEPS.find(([most]) => viewers <= most)?.[1] ?? MERGE_MANY_MS
  }

  #flush(): void {
    this.#clearTimer()
    this.#flushedAtMs = performance.now()
    for (const feed of this.#feeds.values()) feed.flush()
  }

  #clearTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
