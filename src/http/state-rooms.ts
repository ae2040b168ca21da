import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import type { ChannelRecord } from '../accounts/channels/channel-store.ts'
import { messageOf, NotFoundError, RefusedError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { isLoopbackAddress } from '../base/loopback-address.ts'
import { type Metric, single } from '../base/metric.ts'
import type { ServerMessage } from '../contract/channel.ts'
import { type AudienceFacts, channelView } from './channel-view.ts'
import { CountedAttempts } from './counted-attempts.ts'
import type { LiveStates } from './live-states.ts'
import { GOING_AWAY, GONE, OutboxCounts, type OutboxRules, PageSocket } from './page-socket.ts'
import type { HttpSettings } from './settings.ts'
import { textFrames } from './text-frames.ts'

/** Sockets written to before others get their turn: a full room must not hold up the picture. About 10 ms. */
const CHUNK = 1024
const CLOSE_MS = 1000
/** An address whose pages were closed so often within a minute for what they sent waits for its end to connect again. */
const FLOODS = 5

export type StateRoomsOptions = {
  readonly live: LiveStates
  readonly load: (slug: string) => Promise<ChannelRecord>
  readonly settings: Pick<HttpSettings, 'websocket'>
  readonly pingMs: number
  /** Of a channel: players that play, and whether there is a chat. */
  readonly audience: AudienceFacts
  readonly log: Log
}

/** What a page's messages and end are told to. */
export type PageListener = {
  receive(data: RawData, isBinary: boolean): void
  /** A ping came. */
  count(): unknown
  closed(): void
}

/** Who is signed in on a page. */
export type SignedInPage = { readonly personId: string; readonly deviceId: string | undefined }

type Room = {
  record: ChannelRecord
  readonly sockets: Set<PageSocket>
  readonly leave: () => void
  telling: boolean
  again: boolean
}

/** The pages that watch a channel's state: one room a channel, one message for all in it. */
export class StateRooms {
  readonly #options: StateRoomsOptions
  readonly #rooms = new Map<string, Room>()
  /** Each socket, and whether it answered the last ping. */
  readonly #answered = new Map<PageSocket, boolean>()
  readonly #signedIn = new Map<PageSocket, SignedInPage>()
  readonly #floods = new CountedAttempts({ max: FLOODS, windowMs: 60_000 })
  readonly #outboxes = new OutboxCounts()
  readonly #outboxRules: OutboxRules
  #flooded = 0
  readonly #perAddress = new Map<string, number>()
  #pinger: NodeJS.Timeout | undefined

  constructor(options: StateRoomsOptions) {
    this.#options = options
    const { settings } = options
    const counts = this.#outboxes
    this.#outboxRules = {
      counts,
      get bufferedBytes() {
        return settings.websocket.bufferedBytes
      },
    }
  }

  get connections(): number {
    return this.#answered.size
  }

  /** Before the upgrade. @throws RefusedError LIMIT */
  admit(address: string): void {
    const { connections, connectionsPerAddress } = this.#options.settings.websocket
    if (this.#answered.size >= connections) {
      throw new RefusedError('LIMIT', 'too many pages are connected to this server')
    }
    if (!isLoopbackAddress(address) && (this.#perAddress.get(address) ?? 0) >= connectionsPerAddress) {
      throw new RefusedError('LIMIT', 'too many pages are connected from this address')
    }
    if (this.#floods.exhausted(address)) {
      throw new RefusedError('LIMIT', 'too many messages came from this address, wait a minute')
    }
  }

  /** A page of this address was closed as it sent too much, or what no page of ours sends. */
  flooded(address: string): void {
    this.#flooded++
    if (!isLoopbackAddress(address)) this.#floods.take(address)
  }

  /**
   * The socket gets the state now and after each change, until it closes.
   * @param connection what the WebSocket writes to @param listen makes who hears what the page says
   */
  join(
    record: ChannelRecord,
    ws: WebSocket,
    connection: Duplex,
    address: string,
    listen: (page: PageSocket) => PageListener,
    signedIn?: SignedInPage,
  ): void {
    const socket = new PageSocket(ws, connection, this.#outboxRules)
    const listener = listen(socket)
    const room = this.#rooms.get(record.slug) ?? this.#open(record)
    room.record = record
    room.sockets.add(socket)
    this.#answered.set(socket, true)
    if (signedIn !== undefined) this.#signedIn.set(socket, signedIn)
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1)
    this.#pinger ??= setInterval(() => this.#ping(), this.#options.pingMs)
    ws.on('pong', () => {
      // One that nobody asked for costs as much as a ping.
      if (this.#answered.get(socket) === true) listener.count()
      this.#answered.set(socket, true)
    })
    ws.on('ping', () => listener.count())
    ws.on('message', (data, isBinary) => listener.receive(data, isBinary))
    ws.on('close', () => {
      this.#left(room, socket, address)
      listener.closed()
    })
    socket.send(this.#message(room))
  }

  /** What is told of the channel changed, beside its broadcast: its pages are told. */
  changed(slug: string): void {
    const room = this.#rooms.get(slug)
    if (room !== undefined) void this.#changed(room)
  }

  /** The same of all channels: a setting changed. */
  allChanged(): void {
    for (const room of this.#rooms.values()) void this.#changed(room)
  }

  /**
   * What somebody is or may do has changed, or they were signed out: their pages come back, and are taken for what they are then.
   * @param deviceIds where; undefined: everywhere
   */
  askAnew(personId: string, deviceIds?: readonly string[]): void {
    for (const [socket, page] of this.#signedIn) {
      if (page.personId !== personId) continue
      if (deviceIds !== undefined && page.deviceId !== undefined && !deviceIds.includes(page.deviceId)) continue
      socket.close(GOING_AWAY, 'who you are here has changed')
    }
  }

  /** The channel was removed: its pages are told by a close code that says not to come back. */
  removed(slug: string): void {
    for (const socket of this.#rooms.get(slug)?.sockets ?? []) socket.close(GONE, 'the channel was removed')
  }

  /** Says goodbye to all; who doesn't answer in time is cut off. */
  async close(): Promise<void> {
    const sockets = [...this.#answered.keys()]
    const all = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.ws.once('close', resolve))))
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.ws.terminate()
    }, CLOSE_MS)
    for (const socket of sockets) socket.close(GOING_AWAY, 'the server is closing')
    await all
    clearTimeout(cut)
  }

  #open(record: ChannelRecord): Room {
    const { slug } = record
    const leave = this.#options.live.subscribe(slug, () => void this.#changed(room))
    const room: Room = { record, sockets: new Set(), leave, telling: false, again: false }
    this.#rooms.set(slug, room)
    return room
  }

  #left(room: Room, socket: PageSocket, address: string): void {
    room.sockets.delete(socket)
    this.#answered.delete(socket)
    this.#signedIn.delete(socket)
    const left = (this.#perAddress.get(address) ?? 1) - 1
    if (left === 0) this.#perAddress.delete(address)
    else this.#perAddress.set(address, left)
    if (room.sockets.size === 0 && this.#rooms.get(room.record.slug) === room) {
      room.leave()
      this.#rooms.delete(room.record.slug)
    }
    if (this.#answered.size === 0) {
      clearInterval(this.#pinger)
      this.#pinger = undefined
    }
  }

  /** Changes that come while the record is read are told together, by the state that holds then. */
  async #changed(room: Room): Promise<void> {
    room.again = true
    if (room.telling) return
    room.telling = true
    try {
      while (room.again) {
        room.again = false
        await this.#reload(room)
        await this.#tell(room)
      }
    } catch (error) {
      this.#options.log.error({ channel: room.record.slug, error: messageOf(error) }, 'a state could not be told')
    } finally {
      room.telling = false
    }
  }

  async #reload(room: Room): Promise<void> {
    try {
      room.record = await this.#options.load(room.record.slug)
    } catch (error) {
      if (error instanceof NotFoundError) return this.removed(room.record.slug)
      // The title may be old; the state is what counts.
      this.#options.log.warn(
        { channel: room.record.slug, error: messageOf(error) },
        'a channel could not be read again',
      )
    }
  }

  async #tell(room: Room): Promise<void> {
    const frames = textFrames([this.#message(room)])
    await inChunks([...room.sockets], (socket) => socket.put(frames))
  }

  /** A message to all pages of a channel. */
  tellAll(slug: string, message: ServerMessage): void {
    const room = this.#rooms.get(slug)
    if (room === undefined) return
    const frames = textFrames([JSON.stringify(message)])
    void inChunks([...room.sockets], (socket) => socket.put(frames))
  }

  #message({ record }: Room): string {
    const channel = channelView(record, this.#options.live, this.#options.audience)
    return JSON.stringify({ type: 'state', channel, now: new Date().toISOString() } satisfies ServerMessage)
  }

  #ping(): void {
    void inChunks([...this.#answered.keys()], (socket) => {
      const { ws } = socket
      if (this.#answered.get(socket) === false) return ws.terminate()
      if (!this.#answered.has(socket) || ws.readyState !== ws.OPEN) return
      this.#answered.set(socket, false)
      ws.ping()
    })
  }

  *metrics(): Iterable<Metric> {
    yield single('streamhost_websocket_connections', 'gauge', 'Pages connected by WebSocket.', this.connections)
    yield single(
      'streamhost_websocket_cut_off_total',
      'counter',
      'Pages cut off because they took nothing.',
      this.#outboxes.cutOff,
    )
    yield single(
      'streamhost_websocket_thinned_total',
      'counter',
      'Writes shortened for pages that lag.',
      this.#outboxes.thinned,
    )
    yield single(
      'streamhost_websocket_flooded_total',
      'counter',
      'Pages closed because of what they sent: too much, or nothing of ours.',
      this.#flooded,
    )
  }
}

async function inChunks<T>(items: readonly T[], act: (item: T) => void): Promise<void> {
  for (let at = 0; at < items.length; at += CHUNK) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve))
    for (const item of items.slice(at, at + CHUNK)) act(item)
  }
}
