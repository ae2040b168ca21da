import { messageOf, RefusedError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Packet, Track } from '../media/packet.ts'
import { Broadcast } from './broadcast.ts'
import { Dismissed } from './dismissed.ts'
import { EncoderLine } from './encoder-line.ts'
import type {
  BroadcastProgress,
  BroadcastStore,
  ChannelRef,
  LiveInput,
  Publication,
  PublicationEnd,
  Publisher,
  Reader,
} from './ports.ts'
import { Rivals } from './rivals.ts'

/** What a channel is doing, for pages and the API. `ended` is what the packager still shows; the hub knows nothing of it. */
export type LiveState = {
  readonly state: 'live' | 'reconnecting'
  readonly broadcastId: string
  readonly startedAtMs: number
  /** While reconnecting after a lost or closed connection: when the broadcast ends. */
  readonly graceEndsAtMs: number | undefined
  /** Times that an encoder took over from another that was still connected. */
  readonly takeovers: number
  /** Encoders refused because two fight over the channel. */
  readonly refusedRivals: number
  /** A slate is shown in the encoder's place. */
  readonly slate: boolean
}

/** They may change while it runs: they are read when they matter. */
export type HubLimits = {
  readonly graceSeconds: number
  readonly endSeconds: number
  /** Broadcasts at the same time; one more is refused. */
  readonly maxBroadcasts: number
}

export type HubOptions = {
  readonly limits: HubLimits
  readonly store: Pick<BroadcastStore, 'begin' | 'reserve' | 'finish'>
  readonly log: Log
  /** Makes the readers that every broadcast has (the packager; later recorder and transcoder). */
  readonly readers: (broadcast: Broadcast) => readonly Reader[]
  /**
   * Begins what fills a broadcast while its encoder is away; it may end by itself. Must not throw.
   * @returns what stops it; undefined: nothing fills this broadcast
   */
  readonly slate?: (broadcast: Broadcast, publication: Publication) => (() => void) | undefined
  /** Where a broadcast stands in the channel's sequences, kept at its end. */
  readonly progress: (broadcast: Broadcast) => BroadcastProgress
  /** A publication by this key begins or ends. Must not throw. */
  readonly keyUsed?: (keyId: string) => void
  /** How often silence is looked for. Tests make it small. */
  readonly tickMs?: number
  /** Milliseconds that only grow, whatever happens to the wall clock. Tests have their own. */
  readonly monotonicMs?: () => number
}

/** Silence after which viewers read "reconnecting", and after which the connection is closed (contracts: when a broadcast begins and ends). */
const SILENT_MS = 3000
const DEAD_MS = 15_000
/** What fills the gap begins so long after the last packet of a connection that is gone: a blip is none. */
const SLATE_AFTER_MS = 2000
/** Revoked keys that are remembered for who was let in just before: a moment is enough. */
const REVOKED_KEPT = 1000

type Entry = {
  readonly channel: ChannelRef
  readonly broadcast: Broadcast
  /** By which key who publishes came, or who did last; undefined: by none, or before the server started. */
  keyId: string | undefined
  readonly rivals: Rivals
  /** Of who publishes. */
  line: EncoderLine | undefined
  slate: { readonly stop: () => void } | undefined
  /** It ended by itself: the next may begin when the encoder was back. */
  slateFailed: boolean
  /** The encoder said goodbye: it will not try again by itself. */
  saidGoodbye: boolean
  lastPacketAtMs: number
  /** Who wants to know whether the one on air still sends. */
  asked: ((sends: boolean) => void) | undefined
  silent: boolean
  graceEndsAtMs: number | undefined
  graceTimer: NodeJS.Timeout | undefined
}

/** All broadcasts of this server: one per channel at most. The only owner of who publishes and of when a broadcast ends. */
export class Hub implements LiveInput {
  readonly name = 'hub'
  readonly #options: HubOptions
  readonly #entries = new Map<string, Entry>()
  /** Publishing is asynchronous (the store is asked): requests for one channel take their turn. */
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #observers = new Set<(slug: string) => void>()
  readonly #finishing = new Set<Promise<void>>()
  readonly #revoked = new Set<string>()
  readonly #dismissed = new Dismissed()
  #refusedRivals = 0
  #ticker: NodeJS.Timeout | undefined
  readonly #now: () => number
  #stopping = false

  constructor(options: HubOptions) {
    this.#options = options
    this.#now = options.monotonicMs ?? (() => performance.now())
  }

  async start(): Promise<void> {
    this.#ticker = setInterval(() => this.#lookForSilence(), this.#options.tickMs ?? 500)
  }

  /** The server stops: broadcasts are left open (they may go on after the restart), nothing is announced as ended. */
  async stop(reason: string): Promise<void> {
    this.#stopping = true
    clearInterval(this.#ticker)
    for (const entry of this.#entries.values()) {
      entry.broadcast.publisher?.close(reason)
      this.#finish(entry, 'stopped')
    }
    await Promise.all(this.#finishing)
  }

  observe(observer: (slug: string) => void): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  state(slug: string): LiveState | undefined {
    const entry = this.#entries.get(slug)
    if (entry === undefined) return undefined
    const { broadcast } = entry
    return {
      state: broadcast.publisher === undefined || entry.silent ? 'reconnecting' : 'live',
      broadcastId: broadcast.id,
      startedAtMs: broadcast.startedAtMs,
      graceEndsAtMs: entry.graceEndsAtMs,
      takeovers: entry.rivals.takeovers,
      refusedRivals: entry.rivals.refused,
      slate: broadcast.showsSlate,
    }
  }

  /** Encoders refused since the start, by why: two fight over a channel, or its broadcast was ended by hand. */
  get refused(): { readonly rival: number; readonly ended: number } {
    return { rival: this.#refusedRivals, ended: this.#dismissed.refused }
  }

  /** Broadcasts that go on now, for metrics. */
  broadcasts(): readonly Broadcast[] {
    return [...this.#entries.values()].map((entry) => entry.broadcast)
  }

  /**
   * Begins a publication. The same channel publishing again takes over: the older connection is closed.
   * @param keyId by which key it was let in
   * @throws RefusedError while the server stops, when it has all the broadcasts it may, for a key that was revoked
   * meanwhile, when two encoders fight over the channel, and soon after an end by hand; UnavailableError when the store
   * doesn't answer
   */
  publish(channel: ChannelRef, publisher: Publisher, keyId?: string): Promise<Publication> {
    const publish = (): Promise<Publication> => this.#publish(channel, publisher, keyId)
    const turn = (this.#turns.get(channel.slug) ?? Promise.resolve()).then(publish, publish)
    this.#takeTurn(channel.slug, turn)
    return turn
  }

  /** Whoever comes next for this channel waits for it. */
  #takeTurn(slug: string, turn: Promise<unknown>): void {
    this.#turns.set(slug, turn)
    const done = (): void => {
      if (this.#turns.get(slug) === turn) this.#turns.delete(slug)
    }
    turn.then(done, done)
  }

  async #publish(channel: ChannelRef, publisher: Publisher, keyId: string | undefined): Promise<Publication> {
    this.#mayPublish(keyId)
    const onAir = this.#entries.get(channel.slug)
    if (onAir?.broadcast.publisher !== undefined) await this.#mayTakeOver(onAir, publisher, keyId)
    this.#mayPublish(keyId)
    this.#dismissed.mayCome(channel.id, keyId, this.#now())
    const before = this.#entries.get(channel.slug)
    const entry = before ?? (await this.#begin(channel))
    try {
      this.#mayPublish(keyId)
    } catch (error) {
      if (before === undefined) this.#finish(entry, 'ended')
      throw error
    }
    const { broadcast } = entry
    this.#endSlate(entry)
    const earlier = broadcast.publisher
    if (earlier !== undefined) {
      this.#publisherGone(entry)
      broadcast.discontinuity()
      const words = entry.keyId === keyId ? 'the same key publishes again' : 'another key of the channel publishes'
      earlier.close(`${words} from another connection`)
    }
    broadcast.publisher = publisher
    entry.keyId = keyId
    entry.saidGoodbye = false
    entry.slateFailed = false
    if (keyId !== undefined) this.#options.keyUsed?.(keyId)
    clearTimeout(entry.graceTimer)
    entry.graceEndsAtMs = undefined
    entry.lastPacketAtMs = this.#now()
    entry.silent = false
    this.#changed(channel.slug)
    return this.#publication(entry, publisher)
  }

  /**
   * Who is silent is taken over by whoever comes: its connection is half dead. Who sends may be, too, when its encoder has
   * noticed first; but two that throw each other out again and again are two encoders, if both of them send.
   * @throws RefusedError in words for who looks at the one that came
   */
  async #mayTakeOver(entry: Entry, publisher: Publisher, keyId: string | undefined): Promise<void> {
    const { rivals, channel, broadcast } = entry
    const isAlive = () => this.#now() - entry.lastPacketAtMs <= SILENT_MS
    if (!isAlive() || (rivals.isFight(this.#now()) && !(await this.#sendsStill(entry)))) {
      // Who has gone meanwhile is taken over by nobody.
      if (broadcast.publisher !== undefined) rivals.relieve()
      return
    }
    const challenge = rivals.challenge(this.#now())
    if (challenge.may) return
    this.#refusedRivals++
    const by = entry.keyId === keyId ? 'with the same stream key' : 'with another of its stream keys'
    if (challenge.first) {
      this.#options.log.warn(
        { channel: channel.slug, onAir: broadcast.publisher?.description, refused: publisher.description },
        `two encoders send to ${channel.slug}, the second ${by}: the one on air stays, others are refused while it sends`,
      )
    }
    const retryAfterSeconds = Math.ceil(challenge.waitMs / 1000)
    throw new RefusedError(
      'CONFLICT',
      `another encoder sends to this channel ${by} and stays on air. Stop one of the two, wait ${retryAfterSeconds} s and start the other again`,
      { retryAfterSeconds },
    )
  }

  /** @returns true with its next packet, false when it has been silent for too long, or goes */
  #sendsStill(entry: Entry): Promise<boolean> {
    return new Promise((resolve) => {
      const tell = (sends: boolean): void => {
        clearTimeout(timer)
        entry.asked = undefined
        resolve(sends)
      }
      const timer = setTimeout(tell, Math.max(0, entry.lastPacketAtMs + SILENT_MS - this.#now()), false)
      entry.asked = tell
    })
  }

  async #begin(channel: ChannelRef): Promise<Entry> {
    const { maxBroadcasts } = this.#options.limits
    if (this.#entries.size >= maxBroadcasts) {
      throw new RefusedError('LIMIT', `this server takes ${maxBroadcasts} broadcasts at the same time, and has them`)
    }
    const startedAtMs = Date.now()
    const start = await this.#options.store.begin(channel.id, startedAtMs)
    if (this.#stopping) throw new RefusedError('CONFLICT', 'the server is stopping')
    const entry = this.#enter(new Broadcast(channel, start, startedAtMs))
    this.#options.log.info({ channel: channel.slug, broadcast: entry.broadcast.id }, 'broadcast begins')
    return entry
  }

  #enter(broadcast: Broadcast): Entry {
    for (const reader of this.#options.readers(broadcast)) broadcast.attach(reader)
    const entry: Entry = {
      channel: broadcast.channel,
      broadcast,
      keyId: undefined,
      rivals: new Rivals(),
      line: undefined,
      slate: undefined,
      slateFailed: false,
      saidGoodbye: false,
      lastPacketAtMs: this.#now(),
      asked: undefined,
      silent: false,
      graceEndsAtMs: undefined,
      graceTimer: undefined,
    }
    this.#entries.set(broadcast.slug, entry)
    return entry
  }

  /** A broadcast of a process before this one waits for its encoder, as long as for one whose connection was lost. */
  resume(broadcast: Broadcast): void {
    const entry = this.#enter(broadcast)
    const waitMs = this.#options.limits.graceSeconds * 1000
    this.#wait(entry, waitMs)
    this.#options.log.info(
      { channel: broadcast.slug, broadcast: broadcast.id, waitMs },
      'a broadcast from before the start waits for its encoder',
    )
  }

  #wait(entry: Entry, waitMs: number): void {
    entry.graceEndsAtMs = Date.now() + waitMs
    entry.graceTimer = setTimeout(() => this.#finish(entry, 'ended'), waitMs)
  }

  #publication(entry: Entry, publisher: Publisher): Publication {
    const { broadcast } = entry
    const line = new EncoderLine(broadcast)
    entry.line = line
    return {
      startTime: broadcast.nextStartTime,
      get isAwaited() {
        return broadcast.isAwaited
      },
      track: (track: Track) => {
        if (broadcast.publisher === publisher) line.track(track)
      },
      write: (packet: Packet) => {
        if (broadcast.publisher !== publisher) return
        entry.lastPacketAtMs = this.#now()
        entry.asked?.(true)
        if (line.write(packet) && entry.slate !== undefined) this.#endSlate(entry)
      },
      end: (how: PublicationEnd) => {
        if (broadcast.publisher === publisher) this.#publisherLeft(entry, how)
      },
    }
  }

  #publisherLeft(entry: Entry, how: PublicationEnd): void {
    const { broadcast, channel } = entry
    this.#publisherGone(entry)
    if (!broadcast.showsSlate) broadcast.discontinuity()
    if (this.#stopping) return
    entry.saidGoodbye = how === 'unpublished'
    const { endSeconds, graceSeconds } = this.#options.limits
    const waitMs = (how === 'unpublished' ? endSeconds : graceSeconds) * 1000
    this.#wait(entry, waitMs)
    this.#options.log.info(
      { channel: channel.slug, broadcast: broadcast.id, how, waitMs },
      'publisher left, the broadcast waits for its return',
    )
    this.#changed(channel.slug)
  }

  #publisherGone(entry: Entry): void {
    if (entry.broadcast.publisher === undefined) return
    entry.broadcast.publisher = undefined
    entry.line = undefined
    entry.asked?.(false)
    if (entry.keyId !== undefined) this.#options.keyUsed?.(entry.keyId)
  }

  /** Fills the broadcast until its encoder is back. */
  #beginSlate(entry: Entry): void {
    const { broadcast } = entry
    if (entry.slate !== undefined || entry.slateFailed || entry.saidGoodbye) return
    const isOn = (): boolean => entry.slate === slate
    const stop = this.#options.slate?.(broadcast, {
      startTime: broadcast.nextStartTime,
      track: (track: Track) => {
        if (!isOn()) return
        // Not before there is something to show: until then the encoder may go on as if nothing had been.
        if (!broadcast.showsSlate) broadcast.beginSlate()
        entry.line?.interrupt()
        broadcast.track(track)
      },
      write: (packet: Packet) => {
        if (isOn()) broadcast.write(packet)
      },
      end: () => {
        if (!isOn()) return
        entry.slateFailed = true
        this.#endSlate(entry)
      },
    })
    const slate = stop && { stop }
    entry.slate = slate
  }

  #endSlate(entry: Entry): void {
    const { slate, broadcast } = entry
    entry.slate = undefined
    slate?.stop()
    broadcast.endSlate()
  }

  /** @throws RefusedError while the server stops, and for a key that was taken away since it was looked up */
  #mayPublish(keyId: string | undefined): void {
    if (this.#stopping) throw new RefusedError('CONFLICT', 'the server is stopping')
    if (keyId !== undefined && this.#revoked.has(keyId)) {
      throw new RefusedError('FORBIDDEN', 'this stream key is worth nothing any more')
    }
  }

  /** By which key the channel's encoder is publishing now. */
  keyInUse(slug: string): string | undefined {
    const entry = this.#entries.get(slug)
    return entry?.broadcast.publisher === undefined ? undefined : entry.keyId
  }

  /**
   * These keys of the channel are worth nothing any more: what came by one of them ends at once, also while it waits for its
   * encoder. What came by another key goes on. @returns whether a broadcast ended
   */
  revoke(slug: string, keyIds: readonly string[], reason: string): boolean {
    for (const id of keyIds) this.#revoked.add(id)
    for (const id of this.#revoked) {
      if (this.#revoked.size <= REVOKED_KEPT) break
      this.#revoked.delete(id)
    }
    const keyId = this.#entries.get(slug)?.keyId
    return keyId !== undefined && keyIds.includes(keyId) && this.end(slug, reason)
  }

  /**
   * An explicit end: at once. Its encoder tries again by itself; it is refused until it has stayed away for a while.
   * @returns false when the channel isn't broadcasting
   */
  end(slug: string, reason: string): boolean {
    const entry = this.#entries.get(slug)
    if (entry === undefined) return false
    const { publisher } = entry.broadcast
    if (!entry.saidGoodbye) this.#dismissed.dismiss(entry.channel.id, entry.keyId, this.#now())
    this.#finish(entry, 'ended')
    publisher?.close(reason)
    return true
  }

  #finish(entry: Entry, how: 'ended' | 'stopped'): void {
    const { channel, broadcast } = entry
    if (this.#entries.get(channel.slug) !== entry) return
    this.#entries.delete(channel.slug)
    clearTimeout(entry.graceTimer)
    this.#publisherGone(entry)
    this.#endSlate(entry)
    const atMs = Date.now()
    broadcast.end(how, atMs)
    this.#options.log.info(
      { channel: channel.slug, broadcast: broadcast.id, how, packets: broadcast.packets, dropped: broadcast.dropped },
      how === 'ended' ? 'broadcast ends' : 'the server stops, the broadcast may go on after its start',
    )
    // The next broadcast of this channel must not begin before this one's sequences are kept.
    const finished = this.#options.store
      .finish(broadcast.id, atMs, how, this.#options.progress(broadcast))
      .catch((error: unknown) =>
        this.#options.log.error(
          { broadcast: broadcast.id, error: messageOf(error) },
          'the end of a broadcast could not be kept',
        ),
      )
      .finally(() => this.#finishing.delete(finished))
    this.#finishing.add(finished)
    this.#takeTurn(channel.slug, Promise.allSettled([this.#turns.get(channel.slug), finished]))
    // A server that stops is not a channel that goes off air: its pages are told by their connection's end.
    if (how === 'ended') this.#changed(channel.slug)
  }

  #lookForSilence(): void {
    const now = this.#now()
    for (const entry of this.#entries.values()) {
      const { publisher } = entry.broadcast
      const silentMs = now - entry.lastPacketAtMs
      if (silentMs > (publisher === undefined ? SLATE_AFTER_MS : SILENT_MS)) this.#beginSlate(entry)
      if (publisher === undefined) continue
      if (silentMs > DEAD_MS) publisher.close('no media for 15 seconds')
      const silent = silentMs > SILENT_MS
      if (silent !== entry.silent) {
        entry.silent = silent
        this.#changed(entry.channel.slug)
      }
    }
  }

  #changed(slug: string): void {
    for (const observer of this.#observers) {
      try {
        observer(slug)
      } catch (error) {
        this.#options.log.error({ channel: slug, error: messageOf(error) }, 'an observer of the hub failed')
      }
    }
  }
}
