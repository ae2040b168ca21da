import type { RawData } from 'ws'
import { messageOf, NotFoundError, UnavailableError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { ChatRooms, Joined, RoomChannel, SignedInStanding } from '../chat/rooms.ts'
import { TokenBucket } from '../chat/token-bucket.ts'
import type { Viewers } from '../chat/viewers.ts'
import { type ChatServerMessage, ClientMessage } from '../contract/chat.ts'
import { GONE, type PageSocket, POLICY } from './page-socket.ts'

/** A page joins once, and again when it was not let in (see RETRY_MS): each is answered with all that was said lately. */
const JOINS = { perSecond: 0.5, burst: 6 }
/** The store is away: a page that asks again so soon may find it back. */
const RETRY_MS = 2000

export type ChatConnectionOptions = {
  readonly chat: ChatRooms
  readonly viewers: Viewers
  readonly channel: RoomChannel
  readonly page: PageSocket
  /** Who they are by session or bearer; undefined: nobody in particular. */
  readonly standing: SignedInStanding | undefined
  /** A stream key that came as bearer. */
  readonly key: string | undefined
  /** For counting; undefined: this machine. */
  readonly address: string | undefined
  /** Whether a wrong stream key may be tried; told of each that was tried. */
  readonly mayTryKey: () => boolean
  /** It was closed for what it sent: too much, or what no page of ours sends. */
  readonly onFlood: () => void
  /** A player of theirs plays. */
  readonly onWatching: () => void
  readonly log: Log
}

/** What one page says: checked, counted, handed to the room. Whatever is not of the contract ends the connection. */
export class ChatConnection {
  readonly #options: ChatConnectionOptions
  readonly #requests: TokenBucket
  readonly #joins = new TokenBucket(JOINS, performance.now())
  readonly #gone = new AbortController()
  #joined: Joined | undefined
  /** While somebody joins, what they say waits for it; bounded by the rate of requests. */
  #joining: Promise<void> | undefined
  /** Why the last attempt to join came to nothing. */
  #notIn: 'off' | 'rate' | undefined
  #player: string | undefined

  constructor(options: ChatConnectionOptions) {
    this.#options = options
    this.#requests = new TokenBucket(options.chat.rates.requests, performance.now())
  }

  /** Anything came: also pings cost something. @returns false when it was too much, and the connection ends */
  count(): boolean {
    if (this.#gone.signal.aborted) return false
    if (this.#requests.take(performance.now()) === 0) return true
    this.#leaveForGood()
    this.#options.page.cutShort(POLICY, 'too many messages')
    return false
  }

  receive(data: RawData, isBinary: boolean): void {
    if (!this.count()) return
    const message = isBinary ? undefined : parse(data)
    if (message === undefined) this.#end('not a message of this protocol')
    else if (message.type === 'watching') this.#watching(message)
    else if (message.type === 'join') {
      if (this.#joins.take(performance.now()) === 0) this.#join(message)
      else this.#end('too many joins')
    } else if (this.#joining === undefined) this.#act(message)
    else void this.#joining.then(() => this.#act(message))
  }

  /** The connection is gone, however. */
  closed(): void {
    this.#gone.abort()
    this.#leave()
  }

  #act(message: Exclude<ClientMessage, { type: 'join' | 'watching' }>): void {
    if (this.#gone.signal.aborted) return
    if (this.#joined === undefined) {
      this.#outside(message)
      return
    }
    const { room, member } = this.#joined
    if (message.type === 'say') room.say(member, message.id, message.text, message.replyTo)
    else if (message.type === 'react') room.react(member, message.kind)
    else room.rename(member, message.name)
  }

  /** Somebody who was not let in speaks all the same. */
  #outside(message: ClientMessage): void {
    if (this.#notIn === undefined) this.#end('join first')
    else this.#refuse(this.#notIn, message.type === 'say' ? message.id : null)
  }

  #join(request: Extract<ClientMessage, { type: 'join' }>): void {
    const joining = (this.#joining ?? Promise.resolve())
      .then(() => this.#enter(request))
      .then(() => {
        if (this.#joining === joining) this.#joining = undefined
      })
    this.#joining = joining
  }

  async #enter({ name, token, after }: Extract<ClientMessage, { type: 'join' }>): Promise<void> {
    const { chat, channel, page, standing, address, key, log } = this.#options
    if (!chat.settings(channel.slug).enabled) return this.#keepOut('off')
    this.#leave()
    const shown = token?.startsWith('sk_') ? (this.#options.mayTryKey() ? token : undefined) : (token ?? key)
    try {
      this.#joined = await chat.join(channel, { name, token: shown, after, standing, address }, page, this.#gone.signal)
      // Closed in the very turn in which the room let them in.
      if (this.#gone.signal.aborted) this.#leave()
    } catch (error) {
      if (error instanceof NotFoundError) return page.close(GONE, 'the channel was removed')
      if (!(error instanceof UnavailableError)) log.error({ err: error }, 'somebody could not join a chat')
      else log.warn({ channel: channel.slug, error: messageOf(error) }, 'the chat is away')
      this.#keepOut('rate')
    }
  }

  #leave(): void {
    const joined = this.#joined
    this.#joined = undefined
    joined?.room.leave(joined.member)
  }

  #watching({ player, playing }: Extract<ClientMessage, { type: 'watching' }>): void {
    const { viewers, channel, address, onWatching } = this.#options
    // A page has one player: another name is another page load, or somebody who wants to be many.
    if (this.#player !== undefined && this.#player !== player) viewers.stopped(channel.slug, this.#player)
    this.#player = playing ? player : undefined
    if (playing) {
      viewers.heard(channel.slug, player, address ?? null)
      onWatching()
    } else viewers.stopped(channel.slug, player)
  }

  #keepOut(reason: 'off' | 'rate'): void {
    this.#notIn = reason
    this.#refuse(reason, null)
  }

  #refuse(reason: 'off' | 'rate', id: number | null): void {
    const retryAfterMs = reason === 'rate' ? RETRY_MS : null
    const refused: ChatServerMessage = { type: 'refused', id, reason, retryAfterMs, until: null }
    this.#options.page.send(JSON.stringify(refused))
  }

  #end(reason: string): void {
    this.#leaveForGood()
    this.#options.page.cutShort(POLICY, reason)
  }

  #leaveForGood(): void {
    this.#gone.abort()
    this.#leave()
    this.#options.onFlood()
  }
}

function parse(data: RawData): ClientMessage | undefined {
  try {
    return ClientMessage.safeParse(JSON.parse(data.toString())).data
  } catch {
    return undefined
  }
}
