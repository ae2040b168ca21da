import type { Reaction } from '../../src/contract/chat.ts'
import { REACTIONS } from '../../src/contract/chat-limits.ts'
import type { ChannelFeed } from '../api/channel-feed.ts'
import { type ChatApi, chatApi } from './chat-api.ts'
import { ChatRoom, type ChatView } from './chat-room.ts'
import { guestOf } from './guest.ts'
import type { Shown } from './messages.ts'
import { Moderation } from './moderation.ts'

/** The room of one page, as its parts share it. */
export class ChatSession {
  readonly slug: string
  readonly room: ChatRoom
  readonly api: ChatApi
  readonly moderation: Moderation
  #view = $state.raw<ChatView>() as ChatView
  #totals = $state.raw(Object.fromEntries(REACTIONS.map((kind) => [kind, 0])) as Record<Reaction, number>)
  readonly #detach: () => void

  /** Set by the layer over the picture. */
  float: (kind: Reaction, count: number) => void = () => {}
  /** Set by the log. */
  arrived: (messages: readonly Shown[]) => void = () => {}
  /** Set by the field: takes a text back, unless there is another one in it. */
  giveBack: (text: string) => boolean = () => false
  #replying = $state.raw<Shown | null>(null)
  /** Set by the field: comes there, with `text` at the end of what is written. */
  toField: (text?: string) => void = () => {}

  constructor(slug: string, feed: ChannelFeed) {
    this.slug = slug
    this.api = chatApi(slug)
    this.moderation = new Moderation(this.api)
    this.room = new ChatRoom({
      guest: guestOf(slug),
      send: (message) => feed.send(message),
      suspect: () => feed.suspect(),
      changed: (view) => {
        this.#view = view
      },
      reacted: (kind, count) => {
        this.#totals = { ...this.#totals, [kind]: this.#totals[kind] + count }
        this.float(kind, count)
      },
      arrived: (messages) => this.arrived(messages),
      giveBack: (text, replyTo) => {
        const taken = this.giveBack(text)
        if (taken && replyTo !== undefined)
          this.#replying = this.#view.messages.find(({ seq }) => seq === replyTo) ?? null
        return taken
      },
    })
    this.#view = this.room.view
    this.#detach = feed.attach({
      opened: () => this.room.opened(),
      closed: () => this.room.closed(),
      message: (message) => this.room.receive(message),
    })
  }

  get view(): ChatView {
    return this.#view
  }

  /** The message that what is written next answers; one that is removed meanwhile can't be. */
  get replying(): Shown | null {
    const seq = this.#replying?.seq
    return this.#view.messages.find((message) => message.seq === seq && !message.removed) ?? null
  }

  /** Answers a message, or (null) nothing in particular; the field has the focus then. */
  reply(message: Shown | null): void {
    this.#replying = message
    this.toField()
  }

  /** It was sent, and the next one answers nothing. */
  replied(): void {
    this.#replying = null
  }

  /** Reactions of each kind since this page came. */
  get totals(): Readonly<Record<Reaction, number>> {
    return this.#totals
  }

  stop(): void {
    this.#detach()
    this.room.stop()
  }
}
