import type { Log } from '../base/log.ts'
import { plainText } from '../base/plain-text.ts'
import type { ChatRefusal, ChatRole, ChatServerMessage, ChatWriters, Reaction, RoomMode } from '../contract/chat.ts'
import { MESSAGE_LENGTH, NAME_LENGTH } from '../contract/chat-limits.ts'
import { PERSON_NAME_LENGTH } from '../contract/people-limits.ts'
import type { ChatStore, RoomStart, StoredMessage, StoredRestriction } from './chat-store.ts'
import type { ChatCounters } from './counters.ts'
import { FanOut, type Outlet } from './fan-out.ts'
import { chatMessage, History } from './history.ts'
import { MessageLog } from './message-log.ts'
import { type Name, type ReservedNames, readName } from './names.ts'
import { chatPerson, People, type Person } from './people.ts'
import type { ChatRates } from './rates.ts'
import { Restrictions, type Standing } from './restrictions.ts'
import type { ChatLimits, ChatSettings } from './settings.ts'
import { TokenBucket } from './token-bucket.ts'

/** Messages kept for those who come back; what a page shows is fewer. */
export const RESUMABLE = 200
/** Sequence numbers reserved at once; more are asked for when half of them are used. */
export const RESERVED = 1000
/** Addresses whose rate is remembered. */
const MAX_ADDRESSES = 20_000
const RETRY_MS = 1000
/** What is longer isn't cleaned first: nothing that people write is half unseen. */
const LONGEST_TYPED = MESSAGE_LENGTH * 2
/** As many namesakes are told apart by numbers in order; of more each gets a number by chance, as counting up costs. */
const COUNTED_NAMESAKES = 10
const CHANCES = 30

export type RoomOptions = {
  readonly channel: { readonly id: string; readonly slug: string; readonly title: string }
  readonly settings: ChatSettings
  readonly limits: ChatLimits
  readonly rates: ChatRates
  readonly reserved: () => ReservedNames
  readonly store: ChatStore
  readonly start: RoomStart
  readonly counters: ChatCounters
  readonly frame: (texts: readonly string[]) => Uint8Array
  /** The broadcast that goes on now. */
  readonly broadcastId: () => string | undefined
  /** Nobody is here any more. */
  readonly onEmpty: () => void
  readonly log: Log
  readonly nowMs: () => number
  /** Milliseconds that only grow, whatever happens to the wall clock. */
  readonly monotonicMs: () => number
}

/** Who joins: what was found out about a connection before the room sees it. */
export type Joining = {
  readonly personId: string
  /** Whose account it is; undefined: nobody's. */
  readonly accountId: string | undefined
  readonly token: string
  readonly role: ChatRole
  /** May do what moderators do. */
  readonly moderates: boolean
  /** Follows the channel. */
  readonly follows: boolean
  /** As it was typed; of an account, as that is called. */
  readonly name: string | undefined
  readonly after: number | undefined
  /** Digest of the address; null: this machine, which is not counted and can't be banned. */
  readonly address: string | null
}

type Refusal = { readonly reason: ChatRefusal; readonly retryAfterMs?: number; readonly untilMs?: number }

/** A connection that joined. */
export type Member = {
  readonly person: Person
  readonly accountId: string | undefined
  readonly moderates: boolean
  follows: boolean
  readonly address: string | null
  readonly outlet: Outlet
}

/** The chat of one channel: who is here, who may say what, and what everybody is told. Knows neither sockets nor tables. */
export class Room {
  readonly #options: RoomOptions
  readonly #members = new Set<Member>()
  /** The members' outlets, made anew when somebody came or left. */
  #outlets: readonly Outlet[] | undefined
  readonly #people: People
  readonly #history: History
  readonly #fanOut: FanOut
  readonly #messageLog: MessageLog
  readonly restrictions: Restrictions
  readonly #pace: TokenBucket
  readonly #addresses = new Map<string, TokenBucket>()
  #mode: RoomMode['mode']
  #writers: ChatWriters
  /** Chosen by a moderator; undefined: as it is set for all. */
  #slowSeconds: number | undefined
  #nextSeq: number
  #limit: number
  #reserving = false

  constructor(options: RoomOptions) {
    const { start, limits, rates } = options
    this.#options = options
    this.#people = new People(limits, rates)
    this.#mode = start.mode
    this.#writers = start.writers
    this.#slowSeconds = start.slowSeconds ?? undefined
    this.#nextSeq = start.nextSeq
    this.#limit = start.limit
    this.#history = new History(RESUMABLE, start.messages, start.messages.length >= RESUMABLE, start.nextSeq - 1)
    this.restrictions = new Restrictions(start.restrictions)
    this.#pace = new TokenBucket(rates.room, options.monotonicMs())
    this.#messageLog = new MessageLog(options.store, options.channel.id, options.log)
    this.#fanOut = new FanOut({
      frame: options.frame,
      outlets: () => this.#allOutlets(),
      seconds: options.counters.fanOutSeconds,
    })
  }

  /** The newest message's number; 0: none yet. */
  get #seq(): number {
    return this.#nextSeq - 1
  }
  get members(): number {
    return this.#members.size
  }
  get people(): number {
    return this.#people.present
  }
  get mode(): RoomMode {
    const { settings } = this.#options
    return {
      ...{ mode: this.#mode, slowSeconds: this.#slowSeconds ?? settings.slowSeconds, writers: this.#writers },
      guests: this.#guestsMayWrite,
    }
  }

  get #guestsMayWrite(): boolean {
    return this.#options.settings.guests && this.#writers === 'everybody'
  }

  /** By a moderator, or by the operator for the whole channel. */
  get #isOff(): boolean {
    return this.#mode === 'off' || !this.#options.settings.enabled
  }

  join(joining: Joining, outlet: Outlet): Member {
    const { personId, accountId, moderates, follows, role, address } = joining
    const now = this.#options.monotonicMs()
    const known = this.#people.find(personId)
    const wanted =
      joining.name === undefined ? undefined : this.#nameFor(personId, role, joining.name, accountId !== undefined)
    // Who comes in once more under another name takes it as by `rename`; too often, and they keep the one they have.
    const keeps =
      accountId === undefined && known !== undefined && wanted !== undefined && this.#renameMs(known, wanted) > 0
    const name = (keeps ? undefined : wanted) ?? known?.name ?? this.#nameOf(role)
    const person = this.#people.enter(personId, role, this.#distinct(name, personId), now)
    const member: Member = { person, accountId, moderates, follows, address, outlet }
    this.#members.add(member)
    this.#outlets = undefined
    outlet.send(this.#welcome(member, joining))
    const removed = joining.after === undefined ? [] : this.#history.removedUpTo(joining.after)
    if (removed.length > 0)
      outlet.send(JSON.stringify({ type: 'removed', seqs: [...removed] } satisfies ChatServerMessage))
    this.#fanOut.joined(outlet, this.#seq)
    if (wanted === undefined && (joining.name ?? '').trim() !== '') this.#refuse(member, null, { reason: 'name' })
    return member
  }

  leave(member: Member): void {
    if (!this.#members.delete(member)) return
    this.#outlets = undefined
    this.#people.leave(member.person, this.#options.monotonicMs())
    if (this.#members.size === 0) this.#options.onEmpty()
  }

  rename(member: Member, typed: string): void {
    const { person, accountId } = member
    // An account is called the same everywhere: it is renamed as an account.
    const name = accountId === undefined ? this.#nameFor(person.id, person.role, typed, false) : undefined
    if (name === undefined || !this.#people.isFree(name, person.id)) {
      this.#refuse(member, null, { reason: 'name' })
      return
    }
    const retryAfterMs = person.renames.take(this.#options.monotonicMs())
    if (retryAfterMs > 0) {
      this.#refuse(member, null, { reason: 'rate', retryAfterMs })
      return
    }
    this.#people.rename(person, name)
    this.tell(person.id)
  }

  /** @param replyTo the message that it answers */
  say(member: Member, id: number, typed: string, replyTo?: number): void {
    const text = this.#refusalOf(member) ?? readText(typed)
    if (typeof text !== 'string') {
      this.#refuse(member, id, text)
      return
    }
    const replied = replyTo === undefined ? undefined : this.#history.shown(replyTo)
    if (replyTo !== undefined && replied === undefined) {
      this.#refuse(member, id, { reason: 'gone' })
      return
    }
    const { person, accountId = null, address, outlet } = member
    const { counters } = this.#options
    person.saidAtMs = this.#options.monotonicMs()
    for (const bucket of this.#bucketsOf(member)) bucket.take(person.saidAtMs)
    const seq = this.#nextSeq++
    this.#reserveMore()
    const message: StoredMessage = {
      ...{ seq, personId: person.id, accountId, name: person.name.text, role: person.role, text, address },
      ...{ atMs: this.#options.nowMs(), broadcastId: this.#options.broadcastId() ?? null },
      ...{ removedAtMs: null, removedBy: null },
      ...(replied && { replyTo: { seq: replied.seq, personId: replied.personId, name: replied.name } }),
    }
    counters.messagesIn++
    counters.messagesOut += this.#members.size
    this.#messageLog.push(message)
    outlet.send(JSON.stringify({ type: 'said', id, seq } satisfies ChatServerMessage))
    this.#fanOut.message(seq, this.#history.push(message))
  }

  react(member: Member, kind: Reaction): void {
    const { counters } = this.#options
    const { person } = member
    const standing = this.#standing(member)
    const silent =
      this.#isOff || this.#keptOut(member) !== undefined || standing.banned || standing.quietUntilMs !== undefined
    if (silent || person.reactions.take(this.#options.monotonicMs()) > 0) {
      counters.reactionsDropped++
      return
    }
    counters.reactions++
    this.#fanOut.reaction(kind)
  }

  /** Takes messages out of everybody's sight. */
  hide(seqs: readonly number[]): void {
    const kept = this.#history.mark(seqs, true)
    if (kept.length > 0) this.#fanOut.event({ type: 'removed', seqs: [...kept] })
  }

  /** Shows again what was taken out of sight, oldest first. */
  show(messages: readonly StoredMessage[]): void {
    const kept = new Set(
      this.#history.mark(
        messages.map(({ seq }) => seq),
        false,
      ),
    )
    const seen = messages.filter(({ seq }) => kept.has(seq)).map(chatMessage)
    if (seen.length > 0) this.#fanOut.event({ type: 'restored', messages: seen })
  }

  setMode({ mode, slowSeconds, writers }: Pick<RoomMode, 'mode' | 'slowSeconds' | 'writers'>): void {
    this.#mode = mode
    this.#slowSeconds = slowSeconds
    this.#writers = writers
    this.#fanOut.event({ type: 'room', room: this.mode })
  }

  /** The operator set something otherwise: who is here is told. */
  settingsChanged(): void {
    this.#fanOut.event({ type: 'room', room: this.mode })
  }

  /** An account follows the channel now, or no more. */
  followed(accountId: string, follows: boolean): void {
    for (const member of this.#members) {
      if (member.accountId !== accountId || member.follows === follows) continue
      member.follows = follows
      this.#tellMember(member)
    }
  }

  restrict(restriction: StoredRestriction): void {
    this.restrictions.add(restriction)
    this.#tellAbout(restriction)
  }

  lift(restrictionId: string): StoredRestriction | undefined {
    const restriction = this.restrictions.remove(restrictionId)
    if (restriction !== undefined) this.#tellAbout(restriction)
    return restriction
  }

  /** What is known of somebody: name, role, and the address they were last seen at. */
  lastSeen(personId: string): { name: string; role: ChatRole; address: string | null } | undefined {
    for (const { person, address } of this.#members) {
      if (person.id === personId) return { name: person.name.text, role: person.role, address }
    }
    const left = this.#people.find(personId)
    const last = this.#history.lastOf(personId)
    if (last === undefined) return left && { name: left.name.text, role: left.role, address: null }
    return { name: last.name, role: last.role, address: last.address }
  }

  /** Tells a person's connections what concerns them alone. */
  tell(personId: string): void {
    for (const member of this.#members) if (member.person.id === personId) this.#tellMember(member)
  }

  /** All that was said so far is kept. */
  flush(): Promise<void> {
    return this.#messageLog.flush()
  }

  /** Sends and keeps what waits, and gives unused sequence numbers back. */
  async close(): Promise<void> {
    await this.#fanOut.stop()
    await this.#messageLog.flush()
    this.#messageLog.stop()
    this.#options.counters.lost += this.#messageLog.lost
    await this.#options.store.finish(this.#options.channel.id, this.#nextSeq, this.#limit)
  }

  #welcome(member: Member, { token, after }: Joining): string {
    const missed = after === undefined || after > this.#seq ? undefined : this.#history.since(after)
    const messages = missed ?? this.#history.newest(this.#options.settings.history)
    const you = { ...chatPerson(member.person), token, moderates: member.moderates, follows: member.follows }
    const standing = publicStanding(this.#standing(member))
    const head = JSON.stringify({ type: 'welcome', you: { ...you, ...standing }, room: this.mode })
    const tail = JSON.stringify({ resumed: missed !== undefined, seq: this.#seq })
    // The messages are there as JSON already, once for everybody.
    return `${head.slice(0, -1)},"messages":[${messages.join(',')}],${tail.slice(1)}`
  }

  #standing({ person, address }: Member): Standing {
    return this.restrictions.standing(person.id, address, this.#options.nowMs())
  }

  #tellAbout({ personId, address }: StoredRestriction): void {
    for (const member of this.#members) {
      if (member.person.id === personId || (address !== null && member.address === address)) this.#tellMember(member)
    }
  }

  #tellMember(member: Member): void {
    const standing = publicStanding(this.#standing(member))
    const name = member.person.name.text
    member.outlet.send(
      JSON.stringify({ type: 'you', name, follows: member.follows, ...standing } satisfies ChatServerMessage),
    )
  }

  /** Why a message is not taken; what is cheap to find out comes first, and before the text is looked at. */
  #refusalOf(member: Member): Refusal | undefined {
    const { person } = member
    if (this.#isOff) return { reason: 'off' }
    const keptOut = this.#keptOut(member)
    if (keptOut !== undefined) return { reason: keptOut }
    const { banned, quietUntilMs } = this.#standing(member)
    if (banned) return { reason: 'banned' }
    if (quietUntilMs !== undefined) {
      return { reason: 'quiet', retryAfterMs: quietUntilMs - this.#options.nowMs(), untilMs: quietUntilMs }
    }
    const slowMs = this.#slowMs(person)
    if (slowMs > 0) return { reason: 'slow', retryAfterMs: slowMs }
    const rateMs = this.#rateMs(member)
    return rateMs > 0 ? { reason: 'rate', retryAfterMs: rateMs } : undefined
  }

  /** Why somebody is none of those who may write. */
  #keptOut({ person: { role }, follows }: Member): 'sign-in' | 'followers' | undefined {
    if (role === 'guest') return this.#guestsMayWrite ? undefined : 'sign-in'
    return role === 'member' && this.#writers === 'followers' && !follows ? 'followers' : undefined
  }

  #refuse(member: Member, id: number | null, { reason, retryAfterMs, untilMs }: Refusal): void {
    this.#options.counters.refuse(reason)
    const until = untilMs === undefined ? null : new Date(untilMs).toISOString()
    const refused = { type: 'refused', id, reason, retryAfterMs: retryAfterMs ?? null, until } as const
    member.outlet.send(JSON.stringify(refused satisfies ChatServerMessage))
  }

  #nameFor(personId: string, role: ChatRole, typed: string, ofAccount: boolean): Name | undefined {
    const name = readName(typed, ofAccount ? PERSON_NAME_LENGTH : NAME_LENGTH)
    if (name === undefined) return undefined
    if (role !== 'guest' && role !== 'member') return name
    // Who had it already keeps it, as when a channel gets a title that looks like it.
    if (this.#people.find(personId)?.name.text === name.text) return name
    return this.#options.reserved().has(name, [this.#options.channel.title]) ? undefined : name
  }

  /** Of somebody who gave none. */
  #nameOf(role: ChatRole): Name {
    const text = { host: this.#options.channel.title, admin: 'Admin', moderator: 'Moderator', member: '', guest: '' }[
      role
    ]
    return readName(text.slice(0, NAME_LENGTH)) ?? this.#madeName()
  }

  #madeName(): Name {
    // More people, longer numbers: most get one that nobody has.
    const least = 10 ** Math.max(3, Math.ceil(Math.log10(this.people + 1)))
    const number = least + Math.floor(Math.random() * least * 9)
    const text = `${this.#options.settings.guestName} ${number}`
    return readName(text) ?? { text, looks: [text] }
  }

  /** Somebody present is called so: the one who comes gets a number, as of two Annas in a room one is Anna 2. */
  #distinct(name: Name, personId: string): Name {
    if (this.#people.isFree(name, personId)) return name
    const stem = name.text.slice(0, NAME_LENGTH - 6).replace(/[\ud800-\udbff]$/, '')
    for (let number = 2; number < COUNTED_NAMESAKES + CHANCES; number++) {
      const chance = Math.floor(COUNTED_NAMESAKES + Math.random() * (100_000 - COUNTED_NAMESAKES))
      const candidate = readName(`${stem} ${number < COUNTED_NAMESAKES ? number : chance}`)
      if (candidate !== undefined && this.#people.isFree(candidate, personId)) return candidate
    }
    return this.#madeName()
  }

  #slowMs({ role, saidAtMs }: Person): number {
    if (this.#mode !== 'slow' || saidAtMs === undefined || (role !== 'guest' && role !== 'member')) return 0
    return Math.max(0, Math.ceil(saidAtMs + this.mode.slowSeconds * 1000 - this.#options.monotonicMs()))
  }

  /** Asks all buckets and takes from none: who is refused has lost nothing. */
  #rateMs(member: Member): number {
    if (this.#nextSeq >= this.#limit) return RETRY_MS
    const now = this.#options.monotonicMs()
    return Math.max(...this.#bucketsOf(member).map((bucket) => bucket.waitMs(now)))
  }

  #bucketsOf({ person, address }: Member): readonly TokenBucket[] {
    const buckets = [person.messages, this.#pace]
    if (address !== null) buckets.push(this.#addressBucket(address, this.#options.monotonicMs()))
    return buckets
  }

  /** @returns 0 when it is no new name, or one more may be taken, which is then counted */
  #renameMs(person: Person, { text }: Name): number {
    return person.name.text === text ? 0 : person.renames.take(this.#options.monotonicMs())
  }

  #addressBucket(address: string, now: number): TokenBucket {
    const known = this.#addresses.get(address)
    if (known !== undefined) return known
    if (this.#addresses.size >= MAX_ADDRESSES) {
      for (const [each, bucket] of this.#addresses) if (bucket.isFull(now)) this.#addresses.delete(each)
      const oldest = this.#addresses.keys().next()
      if (this.#addresses.size >= MAX_ADDRESSES && !oldest.done) this.#addresses.delete(oldest.value)
    }
    const bucket = new TokenBucket(this.#options.rates.address, now)
    this.#addresses.set(address, bucket)
    return bucket
  }

  #reserveMore(): void {
    if (this.#reserving || this.#limit - this.#nextSeq > RESERVED / 2) return
    this.#reserving = true
    const limit = this.#nextSeq + RESERVED
    this.#options.store
      .reserve(this.#options.channel.id, limit)
      .then(() => {
        this.#limit = Math.max(this.#limit, limit)
      })
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'chat numbers could not be reserved'))
      .finally(() => {
        this.#reserving = false
      })
  }

  #allOutlets(): readonly Outlet[] {
    this.#outlets ??= [...this.#members].map(({ outlet }) => outlet)
    return this.#outlets
  }
}

function publicStanding({ banned, quietUntilMs }: Standing): { quietUntil: string | null; banned: boolean } {
  return { quietUntil: quietUntilMs === undefined ? null : new Date(quietUntilMs).toISOString(), banned }
}

/** @returns the text as everybody may see it, or why it is none */
function readText(typed: string): string | Refusal {
  const text = typed.length > LONGEST_TYPED ? typed : plainText(typed)
  if (text === '') return { reason: 'empty' }
  return text.length > MESSAGE_LENGTH ? { reason: 'too-long' } : text
}
