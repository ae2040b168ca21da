import type { WebSocket } from 'ws'
import type {
  ChatMessage,
  ChatPerson,
  ChatRefusal,
  ChatServerMessage,
  ClientMessage,
  Restriction,
  RoomMode,
} from '../../src/contract/chat.ts'

type Person = ChatPerson & { token: string; moderates: boolean; quietUntilMs: number; banned: boolean }
type Member = { readonly client: WebSocket; person: Person | null }

/** Answer to a call of the API: a status and a body. */
export type Answer = readonly [number, unknown?]

/** A room that speaks the chat's messages as the contract has them, simply and with scripted states. */
export class FakeChat {
  room: RoomMode = { mode: 'open', slowSeconds: 10, writers: 'everybody', guests: true }
  readonly messages: ChatMessage[] = []
  readonly removed = new Set<number>()
  readonly restrictions: Restriction[] = []
  /** What pages sent. */
  readonly heard: ClientMessage[] = []
  /** Messages are taken, answers are lost, as when a connection dies without a word. */
  deaf = false
  /** How many of the newest messages are kept for those who come back. */
  history = 200
  readonly #people = new Map<string, Person>()
  readonly #members = new Set<Member>()
  readonly #lastSaidMs = new Map<string, number>()
  #nextPerson = 1
  #nextId = 1

  enter(client: WebSocket, moderates: boolean): void {
    const member: Member = { client, person: null }
    this.#members.add(member)
    client.on('close', () => this.#members.delete(member))
    client.on('message', (data) => {
      const message = JSON.parse(String(data)) as ClientMessage
      this.heard.push(message)
      this.#hear(member, message, moderates)
    })
  }

  /** Writes as somebody who isn't a page. */
  say(name: string, text: string, more: { readonly role?: ChatPerson['role']; readonly at?: string } = {}): number {
    const person = this.#personNamed(name)
    if (more.role !== undefined) person.role = more.role
    return this.#add(person, text, more.at)
  }

  /** What is said meanwhile goes out as one batch. */
  hush(say: () => void): void {
    const from = this.messages.length
    this.deaf = true
    say()
    this.deaf = false
    this.tell({ type: 'messages', messages: this.messages.slice(from) })
  }

  /** Ends every connection without a word. */
  cut(): void {
    for (const { client } of this.#members) client.terminate()
  }

  tell(message: ChatServerMessage): void {
    for (const member of this.#members) send(member, message)
  }

  set(room: Partial<RoomMode>): void {
    this.room = { ...this.room, ...room }
    this.tell({ type: 'room', room: this.room })
  }

  api(method: string, path: string, query: URLSearchParams, body: unknown): Answer {
    const [, kind = '', id = '', act = ''] = /^\/chat\/(\w+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(path) ?? []
    if (kind === 'room' && method === 'GET') return [200, this.room]
    if (kind === 'room') {
      this.set(body as Partial<RoomMode>)
      return [200, this.room]
    }
    if (kind === 'messages' && method === 'GET') return [200, this.#wrote(query.get('person'))]
    if (kind === 'messages' && method === 'DELETE') return this.#remove([Number(id)])
    if (kind === 'messages' && act === 'restore') return this.#restore(Number(id))
    if (kind === 'restrictions' && method === 'GET') return [200, { items: this.restrictions, nextCursor: null }]
    if (kind === 'restrictions' && method === 'POST') return this.#restrict(body as Wanted)
    if (kind === 'restrictions' && method === 'DELETE') return this.#lift(id)
    return [404]
  }

  #hear(member: Member, message: ClientMessage, moderates: boolean): void {
    if (message.type === 'join') this.#join(member, message, moderates)
    const { person } = member
    if (person === null) return
    if (message.type === 'rename') {
      if (/admin|moderator/i.test(message.name)) {
        send(member, { type: 'refused', id: null, reason: 'name', retryAfterMs: null, until: null })
        return
      }
      person.name = message.name.trim()
      this.#tellPerson(person)
    }
    if (message.type === 'react') this.tell({ type: 'reactions', counts: { [message.kind]: 1 } })
    if (message.type === 'say') this.#said(member, person, message.id, message.text, message.replyTo)
  }

  #join(member: Member, join: Extract<ClientMessage, { type: 'join' }>, moderates: boolean): void {
    const known = join.token === undefined ? undefined : this.#people.get(join.token)
    const person = known ?? this.#personNamed(join.name ?? '')
    if (join.name !== undefined) person.name = join.name
    person.moderates = moderates
    if (moderates) Object.assign(person, { role: 'admin', name: 'Ines Marlow' })
    member.person = person
    const seq = this.messages.at(-1)?.seq ?? 0
    const after = join.after ?? 0
    const resumed = seq - after <= this.history
    const kept = this.messages.filter((one) => !this.removed.has(one.seq)).slice(-this.history)
    const { id, name, role, token } = person
    const messages = resumed ? kept.filter((one) => one.seq > after) : kept
    const you = {
      id,
      name,
      role,
      token,
      moderates,
      follows: false,
      quietUntil: iso(person.quietUntilMs),
      banned: person.banned,
    }
    send(member, { type: 'welcome', you, room: this.room, messages, resumed, seq })
  }

  #said(member: Member, person: Person, id: number, text: string, replyTo?: number): void {
    const nowMs = Date.now()
    const slowMs = this.room.mode === 'slow' && !person.moderates ? this.room.slowSeconds * 1000 : 0
    const waitMs = slowMs - (nowMs - (this.#lastSaidMs.get(person.id) ?? 0))
    let refused: ChatRefusal | null = null
    if (this.room.mode === 'off') refused = 'off'
    else if (person.banned) refused = 'banned'
    else if (person.quietUntilMs > nowMs) refused = 'quiet'
    else if (person.name === '') refused = 'name'
    else if (waitMs > 0) refused = 'slow'
    else if (replyTo !== undefined && this.removed.has(replyTo)) refused = 'gone'
    if (refused !== null) {
      const until = iso(person.quietUntilMs)
      send(member, { type: 'refused', id, reason: refused, retryAfterMs: refused === 'slow' ? waitMs : null, until })
      return
    }
    this.#lastSaidMs.set(person.id, nowMs)
    const seq = this.#add(person, text.trim(), undefined, replyTo)
    if (!this.deaf) send(member, { type: 'said', id, seq })
  }

  #add(person: Person, text: string, at = new Date().toISOString(), replyTo?: number): number {
    const seq = (this.messages.at(-1)?.seq ?? 0) + 1
    const replied = this.messages.find((one) => one.seq === replyTo)
    const message: ChatMessage = {
      ...{ seq, from: { id: person.id, name: person.name, role: person.role }, text, at },
      ...(replied && { replyTo: { seq: replied.seq, from: { id: replied.from.id, name: replied.from.name } } }),
    }
    this.messages.push(message)
    if (!this.deaf) this.tell({ type: 'messages', messages: [message] })
    return seq
  }

  #wrote(person: string | null): unknown {
    const items = this.messages
      .filter(({ from }) => person === null || from.id === person)
      .map((one) => ({ ...one, removedAt: this.removed.has(one.seq) ? one.at : null, removedBy: null }))
    return { items: items.reverse(), nextCursor: null }
  }

  #remove(seqs: readonly number[]): Answer {
    for (const seq of seqs) this.removed.add(seq)
    this.tell({ type: 'removed', seqs: [...seqs] })
    return [204]
  }

  #restore(seq: number): Answer {
    this.removed.delete(seq)
    this.tell({ type: 'restored', messages: this.messages.filter((one) => one.seq === seq) })
    return [204]
  }

  #restrict({ person: id, kind, seconds = 600, address = false, removeMessages = false }: Wanted): Answer {
    const person = [...this.#people.values()].find((one) => one.id === id)
    if (person === undefined) return [404]
    const until = kind === 'ban' ? null : new Date(Date.now() + seconds * 1000).toISOString()
    const at = new Date().toISOString()
    const shown = { id, name: person.name, role: person.role }
    const restriction = { id: `r${this.#nextId++}`, person: shown, kind, address, until, at, by: 'admin', reason: null }
    this.restrictions.push(restriction)
    if (kind === 'ban') person.banned = true
    else person.quietUntilMs = Date.now() + seconds * 1000
    this.#tellPerson(person)
    if (removeMessages) this.#remove(this.messages.filter(({ from }) => from.id === id).map(({ seq }) => seq))
    return [201, restriction]
  }

  #lift(id: string): Answer {
    const at = this.restrictions.findIndex((one) => one.id === id)
    const [lifted] = at < 0 ? [] : this.restrictions.splice(at, 1)
    const person = [...this.#people.values()].find((one) => one.id === lifted?.person.id)
    if (person === undefined) return [404]
    person.banned = false
    person.quietUntilMs = 0
    this.#tellPerson(person)
    return [204]
  }

  #tellPerson(person: Person): void {
    const { name, banned } = person
    for (const member of this.#members) {
      if (member.person === person)
        send(member, { type: 'you', name, banned, follows: false, quietUntil: iso(person.quietUntilMs) })
    }
  }

  #personNamed(name: string): Person {
    const known = name === '' ? undefined : [...this.#people.values()].find((one) => one.name === name)
    if (known !== undefined) return known
    const id = `p${this.#nextPerson++}`
    const person: Person = {
      id,
      name,
      role: 'guest',
      token: `t-${id}`,
      moderates: false,
      quietUntilMs: 0,
      banned: false,
    }
    this.#people.set(person.token, person)
    return person
  }
}

type Wanted = {
  readonly person: string
  readonly kind: 'quiet' | 'ban'
  readonly seconds?: number
  readonly address?: boolean
  readonly removeMessages?: boolean
}

function send({ client }: Member, message: ChatServerMessage): void {
  client.send(JSON.stringify(message))
}

function iso(ms: number): string | null {
  return ms > Date.now() ? new Date(ms).toISOString() : null
}
