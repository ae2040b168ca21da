import type {
  ChatPerson,
  ChatRefusal,
  ChatServerMessage,
  ClientMessage,
  Reaction,
  RoomMode,
} from '../../src/contract/chat.ts'
import { MESSAGE_LENGTH } from '../../src/contract/chat-limits.ts'
import type { Guest } from './guest.ts'
import { type Shown, withMessages, withoutMessages } from './messages.ts'
import { notYetShown, type Pending } from './pending.ts'
import { ReactionTally } from './reaction-tally.ts'

/** Messages kept in the page, and while somebody reads older ones, so that nothing moves under their eyes. */
const kept = 200
const keptWhileReading = 600
/** Without a word about a message for so long, the connection is held for dead. */
const answerMs = 6000
/** Without a connection for so long, a message is called not sent. */
const givenUpMs = 15_000
/** How often a message goes out by itself. */
const mostTries = 3

export type Me = ChatPerson & {
  readonly moderates: boolean
  readonly follows: boolean
  /** Until when (ms, the server's clock) this person may not write. */
  readonly quietUntilMs: number | null
  readonly banned: boolean
}

/** What the chat shows; replaced as a whole on every change. */
export type ChatView = {
  /** Connected and welcomed. */
  readonly joined: boolean
  readonly me: Me | null
  readonly room: RoomMode | null
  readonly messages: readonly Shown[]
  readonly pending: readonly Pending[]
  /** Before this moment (ms, `performance.now`) nothing more is taken from this person. */
  readonly waitUntilMs: number
  /** How long that wait is in all. */
  readonly waitMs: number
  /** This person has a name that others see. */
  readonly named: boolean
}

export type RoomPort = {
  /** @returns false: there is no connection */
  readonly send: (message: ClientMessage) => boolean
  /** The connection is dead, though nobody said so. */
  readonly suspect: () => void
  readonly guest: Guest
  readonly changed: (view: ChatView) => void
  /** Reactions that shall be seen, own ones too. */
  readonly reacted: (kind: Reaction, count: number) => void
  /** Somebody else's messages came in, other than by history. */
  readonly arrived: (messages: readonly Shown[]) => void
  /** A text was not taken and belongs back into the field; false: there is another one already. */
  readonly giveBack: (text: string, replyTo: number | undefined) => boolean
}

/** The page's side of a room: what was said by whom, what of this page is on its way, and what may be written. */
export class ChatRoom {
  readonly #port: RoomPort
  readonly #tally = new ReactionTally()
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>()
  #view: ChatView
  /** The newest `seq` without a hole before it; null: never welcomed. */
  #after: number | null = null
  #nextId = 1
  #reading = false
  #again: ReturnType<typeof setTimeout> | undefined
  #renaming: { readonly name: string; readonly done: (taken: boolean) => void } | null = null

  constructor(port: RoomPort) {
    this.#port = port
    this.#view = {
      ...{ joined: false, me: null, room: null, messages: [], pending: [], waitUntilMs: 0, waitMs: 0 },
      named: port.guest.name() !== null,
    }
  }

  get view(): ChatView {
    return this.#view
  }

  /** The connection is there, for the first time or again. */
  opened(): void {
    const { guest } = this.#port
    const [name, token] = [guest.name(), guest.token()]
    this.#port.send({
      type: 'join',
      ...(name === null ? {} : { name }),
      ...(token === null ? {} : { token }),
      ...(this.#after === null ? {} : { after: this.#after }),
    })
  }

  closed(): void {
    clearTimeout(this.#again)
    this.#set({ joined: false })
    for (const { id, state } of this.#view.pending) if (state === 'sending') this.#watch(id, givenUpMs)
  }

  stop(): void {
    clearTimeout(this.#again)
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  /** Somebody reads older messages: they stay where they are. */
  reading(reading: boolean): void {
    this.#reading = reading
    if (!reading && this.#view.messages.length > kept) this.#set({ messages: this.#view.messages.slice(-kept) })
  }

  receive(message: ChatServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#welcome(message)
        return
      case 'messages':
        this.#messages(message.messages)
        return
      case 'said':
        this.#said(message.id, message.seq)
        return
      case 'refused':
        this.#refused(message)
        return
      case 'removed':
        this.#set({ messages: withoutMessages(this.#view.messages, message.seqs) })
        return
      case 'restored': {
        // What is older than all that is shown belongs to what was left out.
        const first = this.#view.messages[0]?.seq ?? 0
        const again = message.messages.filter(({ seq }) => seq >= first)
        this.#set({ messages: withMessages(this.#view.messages, again) })
        return
      }
      case 'room':
        this.#set({ room: message.room, ...(message.room.mode === 'slow' ? {} : { waitUntilMs: 0 }) })
        return
      case 'you': {
        const { me } = this.#view
        if (me === null) return
        const { name, banned, follows } = message
        this.#renamed(true, name)
        this.#set({ me: { ...me, name, banned, follows, quietUntilMs: instant(message.quietUntil) } })
        return
      }
      case 'reactions':
        for (const [kind, count] of this.#tally.others(message.counts, performance.now())) {
          this.#port.reacted(kind, count)
        }
        return
      case 'viewers':
        return
      default:
        // A newer server says more than this page knows.
        message satisfies never
    }
  }

  /**
   * Sends a text; without a connection, as soon as there is one.
   * @param replyTo the `seq` of what it answers
   * @returns whether it left the field
   */
  say(text: string, replyTo?: number): boolean {
    const trimmed = text.trim()
    if (trimmed === '' || trimmed.length > MESSAGE_LENGTH || this.waitLeftMs() > 0) return false
    const id = this.#nextId++
    const afterSeq = this.#after ?? 0
    const one: Pending = { id, text: trimmed, state: 'sending', seq: null, afterSeq, tries: 0, reason: null, replyTo }
    this.#set({ pending: [...this.#view.pending, one] })
    this.#send(one)
    return true
  }

  retry(id: number): void {
    const one = this.#view.pending.find((pending) => pending.id === id)
    if (one === undefined || this.waitLeftMs() > 0) return
    const again: Pending = { ...one, state: 'sending', tries: 0, reason: null }
    this.#change(id, again)
    this.#send(again)
  }

  discard(id: number): void {
    this.#unwatch(id)
    this.#set({ pending: this.#view.pending.filter((pending) => pending.id !== id) })
  }

  /** Takes another name. @returns whether the room accepted it; waits for the connection if need be */
  rename(name: string): Promise<boolean> {
    this.#renamed(false)
    return new Promise((done) => {
      this.#renaming = { name, done }
      this.#sendName()
    })
  }

  react(kind: Reaction): void {
    this.#port.reacted(kind, 1)
    if (this.#view.joined && this.#tally.press(kind, performance.now())) this.#port.send({ type: 'react', kind })
  }

  waitLeftMs(nowMs = performance.now()): number {
    return Math.max(0, this.#view.waitUntilMs - nowMs)
  }

  #welcome({ you, room, messages, resumed, seq }: Extract<ChatServerMessage, { type: 'welcome' }>): void {
    const { token, quietUntil, ...person } = you
    this.#port.guest.setToken(token)
    const goesOn = this.#after !== null && resumed
    this.#after = Math.max(seq, messages.at(-1)?.seq ?? 0)
    // What the server took before the connection broke is among the messages, or was removed since.
    const pending = notYetShown(this.#view.pending, messages, you.id).filter(({ state }) => state !== 'sent')
    for (const { id } of this.#view.pending) if (!pending.some((one) => one.id === id)) this.#unwatch(id)
    const before = goesOn ? this.#view.messages : []
    this.#set({
      joined: true,
      me: { ...person, quietUntilMs: instant(quietUntil) },
      room,
      named: this.#port.guest.name() !== null || you.role !== 'guest',
      messages: this.#trimmed(withMessages(before, messages)),
      pending,
    })
    if (goesOn) this.#tellArrived(messages.map(({ seq }) => seq))
    this.#sendName()
    for (const one of pending) if (one.state === 'sending') this.#send(one)
  }

  #messages(messages: Extract<ChatServerMessage, { type: 'messages' }>['messages']): void {
    const before = new Set(this.#view.messages.map(({ seq }) => seq))
    const fresh = messages.filter(({ seq }) => !before.has(seq))
    const newest = messages.at(-1)?.seq ?? 0
    if (this.#after !== null && newest > this.#after) this.#after = newest
    const pending = notYetShown(this.#view.pending, fresh, this.#view.me?.id ?? '')
    for (const { id } of this.#view.pending) if (!pending.some((one) => one.id === id)) this.#unwatch(id)
    this.#set({ messages: this.#trimmed(withMessages(this.#view.messages, fresh)), pending })
    this.#tellArrived(fresh.map(({ seq }) => seq))
  }

  #tellArrived(seqs: readonly number[]): void {
    const fresh = new Set(seqs)
    const others = this.#view.messages.filter(({ seq, from }) => fresh.has(seq) && from.id !== this.#view.me?.id)
    if (others.length > 0) this.#port.arrived(others)
  }

  #said(id: number, seq: number): void {
    this.#unwatch(id)
    const { room, me } = this.#view
    if (room?.mode === 'slow' && me !== null && me.role !== 'host' && !me.moderates) this.#wait(room.slowSeconds * 1000)
    const shown = this.#view.messages.some((message) => message.seq === seq)
    if (shown) this.#set({ pending: this.#view.pending.filter((one) => one.id !== id) })
    else this.#change(id, { state: 'sent', seq })
  }

  #refused({ id, reason, retryAfterMs, until }: Extract<ChatServerMessage, { type: 'refused' }>): void {
    if (reason === 'rate' && id === null) {
      this.#later(retryAfterMs ?? answerMs)
      return
    }
    if (reason === 'name') {
      this.#port.guest.setName(null)
      this.#set({ named: this.#view.me !== null && this.#view.me.role !== 'guest' })
      this.#renamed(false)
    }
    if ((reason === 'slow' || reason === 'rate') && retryAfterMs !== null) this.#wait(retryAfterMs)
    const { me, room } = this.#view
    if (me !== null && reason === 'quiet') this.#set({ me: { ...me, quietUntilMs: instant(until) ?? me.quietUntilMs } })
    if (me !== null && reason === 'banned') this.#set({ me: { ...me, banned: true } })
    if (room !== null && reason === 'off') this.#set({ room: { ...room, mode: 'off' } })
    if (room !== null && reason === 'sign-in') this.#set({ room: { ...room, guests: false } })
    if (me !== null && reason === 'followers') this.#set({ me: { ...me, follows: false } })
    if (id !== null) this.#notTaken(id, reason)
  }

  #notTaken(id: number, reason: ChatRefusal): void {
    const one = this.#view.pending.find((pending) => pending.id === id)
    if (one === undefined) return
    this.#unwatch(id)
    // What it answers is gone: the text stands for itself, if its author still wants it.
    const replyTo = reason === 'gone' ? undefined : one.replyTo
    if (this.#port.giveBack(one.text, replyTo)) this.discard(id)
    else this.#change(id, { state: 'failed', reason, replyTo })
  }

  #send(one: Pending): void {
    if (!this.#view.joined) {
      this.#watch(one.id, givenUpMs)
      return
    }
    if (one.tries >= mostTries) {
      this.#change(one.id, { state: 'failed' })
      return
    }
    this.#change(one.id, { tries: one.tries + 1 })
    const { id, text, replyTo } = one
    this.#port.send({ type: 'say', id, text, ...(replyTo === undefined ? {} : { replyTo }) })
    this.#watch(one.id, answerMs)
  }

  /** Unless there is an answer in time: a new connection, and without any, the message is called not sent. */
  #watch(id: number, ms: number): void {
    this.#unwatch(id)
    const late = () => {
      this.#timers.delete(id)
      if (this.#view.joined) this.#port.suspect()
      else this.#change(id, { state: 'failed' })
    }
    this.#timers.set(id, setTimeout(late, ms))
  }

  #unwatch(id: number): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
  }

  #wait(ms: number): void {
    this.#set({ waitUntilMs: performance.now() + ms, waitMs: ms })
  }

  #sendName(): void {
    if (this.#view.joined && this.#renaming !== null) this.#port.send({ type: 'rename', name: this.#renaming.name })
  }

  /** Joining, or another name, was too much at the moment: once more. */
  #later(ms: number): void {
    clearTimeout(this.#again)
    this.#again = setTimeout(() => (this.#view.joined ? this.#sendName() : this.opened()), ms)
  }

  /** `name`: as the room wrote it. */
  #renamed(taken: boolean, name = ''): void {
    const renaming = this.#renaming
    this.#renaming = null
    if (renaming === null) return
    if (taken) {
      this.#port.guest.setName(name)
      this.#set({ named: true })
    }
    renaming.done(taken)
  }

  #trimmed(messages: readonly Shown[]): readonly Shown[] {
    const most = this.#reading ? keptWhileReading : kept
    return messages.length > most ? messages.slice(-most) : messages
  }

  #change(id: number, change: Partial<Pending>): void {
    this.#set({ pending: this.#view.pending.map((one) => (one.id === id ? { ...one, ...change } : one)) })
  }

  #set(change: Partial<ChatView>): void {
    this.#view = { ...this.#view, ...change }
    this.#port.changed(this.#view)
  }
}

function instant(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso)
}
