import type { WebSocket } from 'ws'
import type { ChannelRecord } from '../accounts/channel-store.ts'
import { messageOf, NotFoundError, RefusedError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { ServerMessage } from '../contract/channel.ts'
import { channelView } from './channel-view.ts'
import type { LiveStates } from './live-states.ts'
import { isLoopbackAddress } from './loopback.ts'

/** Sockets written to before others get their turn: a full room must not hold up the picture. */
const CHUNK = 512
const CLOSE_MS = 1000
/** Close codes of RFC 6455 section 7.4.1, and our own for "not found". */
const GOING_AWAY = 1001
const POLICY = 1008
const GONE = 4404

export type StateRoomsOptions = {
  readonly live: LiveStates
  readonly load: (slug: string) => Promise<ChannelRecord>
  readonly connections: number
  readonly connectionsPerAddress: number
  readonly bufferedBytes: number
  readonly pingMs: number
  readonly log: Log
}

type Room = {
  record: ChannelRecord
  readonly sockets: Set<WebSocket>
  readonly leave: () => void
  telling: boolean
  again: boolean
}

/** The pages that watch a channel's state: one room a channel, one message for all in it. */
export class StateRooms {
  readonly #options: StateRoomsOptions
  readonly #rooms = new Map<string, Room>()
  /** Each socket, and whether it answered the last ping. */
  readonly #answered = new Map<WebSocket, boolean>()
  readonly #perAddress = new Map<string, number>()
  #pinger: NodeJS.Timeout | undefined

  constructor(options: StateRoomsOptions) {
    this.#options = options
  }

  get connections(): number {
    return this.#answered.size
  }

  /** Before the upgrade. @throws RefusedError LIMIT */
  admit(address: string): void {
    if (this.#answered.size >= this.#options.connections) {
      throw new RefusedError('LIMIT', 'too many pages are connected to this server')
    }
    if (!isLoopbackAddress(address) && (this.#perAddress.get(address) ?? 0) >= this.#options.connectionsPerAddress) {
      throw new RefusedError('LIMIT', 'too many pages are connected from this address')
    }
  }

  /** The socket gets the state now and after each change, until it closes. */
  join(record: ChannelRecord, socket: WebSocket, address: string): void {
    const room = this.#rooms.get(record.slug) ?? this.#open(record)
    room.record = record
    room.sockets.add(socket)
    this.#answered.set(socket, true)
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1)
    this.#pinger ??= setInterval(() => this.#ping(), this.#options.pingMs)
    socket.on('pong', () => this.#answered.set(socket, true))
    // Until chat comes, pages have nothing to say here; who talks all the same is no page of ours.
    socket.on('message', () => socket.close(POLICY, 'this socket only tells'))
    socket.on('close', () => this.#left(room, socket, address))
    this.#send(socket, this.#message(room))
  }

  /** What is told of the channel changed, beside its broadcast: its pages are told. */
  changed(slug: string): void {
    const room = this.#rooms.get(slug)
    if (room !== undefined) void this.#changed(room)
  }

  /** The channel was removed: its pages are told by a close code that says not to come back. */
  removed(slug: string): void {
    for (const socket of this.#rooms.get(slug)?.sockets ?? []) socket.close(GONE, 'the channel was removed')
  }

  /** Says goodbye to all; who doesn't answer in time is cut off. */
  async close(): Promise<void> {
    const sockets = [...this.#answered.keys()]
    const all = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))))
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.terminate()
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

  #left(room: Room, socket: WebSocket, address: string): void {
    room.sockets.delete(socket)
    this.#answered.delete(socket)
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
    const message = this.#message(room)
    await inChunks([...room.sockets], (socket) => this.#send(socket, message))
  }

  #message({ record }: Room): string {
    const channel = channelView(record, this.#options.live.get(record.slug), this.#options.live.packaged)
    return JSON.stringify({ type: 'state', channel, now: new Date().toISOString() } satisfies ServerMessage)
  }

  #send(socket: WebSocket, message: string): void {
    if (socket.readyState !== socket.OPEN) return
    // A page that takes nothing is cut off; it comes back by itself when its network does.
    if (socket.bufferedAmount > this.#options.bufferedBytes) socket.terminate()
    else socket.send(message)
  }

  #ping(): void {
    void inChunks([...this.#answered.keys()], (socket) => {
      if (this.#answered.get(socket) === false) return socket.terminate()
      if (!this.#answered.has(socket) || socket.readyState !== socket.OPEN) return
      this.#answered.set(socket, false)
      socket.ping()
    })
  }
}

async function inChunks<T>(items: readonly T[], act: (item: T) => void): Promise<void> {
  for (let at = 0; at < items.length; at += CHUNK) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve))
    for (const item of items.slice(at, at + CHUNK)) act(item)
  }
}
