import type { Channel, ServerMessage } from '../../src/contract/channel.ts'
import type { ChatServerMessage, ClientMessage } from '../../src/contract/chat.ts'
import { backoff } from './backoff.ts'
import { ApiError } from './client.ts'
import { firstChannel } from './first-channel.ts'

const pollMs = 3000

export type FeedEvents = {
  /** The channel as it is now; `nowIso`: the server's clock, when it said so. */
  readonly state: (channel: Channel, nowIso: string | null) => void
  /** There is no such channel. */
  readonly missing: () => void
  /** Whether the server answers. */
  readonly reachable: (reachable: boolean) => void
}

/** Who talks over the feed's connection besides: the chat, the count of viewers. */
export type FeedListener = {
  /** There is a connection, the first or another one: what was said on the last one is to be said again. */
  readonly opened: () => void
  readonly closed: () => void
  readonly message: (message: ChatServerMessage) => void
}

/** Keeps a page informed of one channel: by WebSocket, and by asking every 3 s while that fails. */
export class ChannelFeed {
  readonly #slug: string
  readonly #events: FeedEvents
  readonly #abort = new AbortController()
  #socket: WebSocket | null = null
  #tries = 0
  #again: ReturnType<typeof setTimeout> | null = null
  #poll: ReturnType<typeof setInterval> | null = null
  #asking = false
  #open = false
  readonly #listeners = new Set<FeedListener>()

  constructor(slug: string, events: FeedEvents) {
    this.#slug = slug
    this.#events = events
  }

  start(): void {
    const { signal } = this.#abort
    addEventListener('online', () => this.hurry(), { signal })
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.hurry(), {
      signal,
    })
    void this.ask()
    this.#connect()
  }

  stop(): void {
    this.#abort.abort()
    if (this.#again !== null) clearTimeout(this.#again)
    this.#stopPolling()
    this.#socket?.close()
    this.#socket = null
    this.#setOpen(false)
  }

  /** Joins the conversation; `opened` follows at once when there is a connection. @returns ends it */
  attach(listener: FeedListener): () => void {
    this.#listeners.add(listener)
    if (this.#open) listener.opened()
    return () => this.#listeners.delete(listener)
  }

  /** @returns false: there is no connection, nothing was sent */
  send(message: ClientMessage): boolean {
    if (!this.#open || this.#socket?.readyState !== WebSocket.OPEN) return false
    this.#socket.send(JSON.stringify(message))
    return true
  }

  /** The connection seems dead though nobody said so: another one, now. */
  suspect(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    this.#socket.close()
    this.#connect()
  }

  /** The browser says now who somebody is, or isn't any more: a connection that was made before doesn't know. */
  reconnect(): void {
    if (this.#abort.signal.aborted) return
    this.#socket?.close()
    this.#connect()
  }

  /** Things may have changed: ask now, and connect now if there is no connection. */
  hurry(): void {
    void this.ask()
    if (this.#socket !== null && this.#socket.readyState <= WebSocket.OPEN) return
    this.#tries = 0
    this.#connect()
  }

  async ask(): Promise<void> {
    if (this.#asking || this.#abort.signal.aborted) return
    this.#asking = true
    try {
      const channel = await firstChannel(this.#slug)
      if (this.#abort.signal.aborted) return
      this.#events.reachable(true)
      this.#events.state(channel, null)
    } catch (error) {
      if (this.#abort.signal.aborted) return
      const status = error instanceof ApiError ? error.status : 0
      this.#events.reachable(status !== 0 && status < 500)
      if (status === 404) this.#events.missing()
    } finally {
      this.#asking = false
    }
  }

  #connect(): void {
    if (this.#again !== null) clearTimeout(this.#again)
    this.#again = null
    this.#setOpen(false)
    const url = new URL(`/api/v1/channels/${encodeURIComponent(this.#slug)}/ws`, location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    const socket = new WebSocket(url)
    this.#socket = socket
    socket.onopen = () => {
      if (this.#socket !== socket) return
      this.#tries = 0
      this.#stopPolling()
      this.#setOpen(true)
    }
    socket.onmessage = (event) => {
      if (this.#socket === socket) this.#onMessage(String(event.data))
    }
    socket.onclose = () => {
      if (this.#socket !== socket || this.#abort.signal.aborted) return
      this.#setOpen(false)
      this.#startPolling()
      this.#again = setTimeout(() => this.#connect(), backoff(this.#tries++, Math.random()))
    }
  }

  #onMessage(text: string): void {
    let message: ServerMessage
    try {
      message = JSON.parse(text) as ServerMessage
    } catch {
      return
    }
    if (message.type !== 'state') {
      for (const listener of this.#listeners) listener.message(message)
      return
    }
    this.#events.reachable(true)
    this.#events.state(message.channel, message.now)
  }

  #setOpen(open: boolean): void {
    if (this.#open === open) return
    this.#open = open
    for (const listener of this.#listeners) open ? listener.opened() : listener.closed()
  }

  #startPolling(): void {
    if (this.#poll !== null) return
    void this.ask()
    this.#poll = setInterval(() => void this.ask(), pollMs)
  }

  #stopPolling(): void {
    if (this.#poll !== null) clearInterval(this.#poll)
    this.#poll = null
  }
}
