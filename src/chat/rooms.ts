import { derived } from '../base/derived.ts'
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { ChatRole } from '../contract/chat.ts'
import type { ChatStore, WrittenMessage } from './chat-store.ts'
import { ChatCounters } from './counters.ts'
import type { Outlet } from './fan-out.ts'
import { ReservedNames } from './names.ts'
import { Passports } from './passports.ts'
import { type ChatRates, ratesOf } from './rates.ts'
import { type Member, RESERVED, RESUMABLE, Room } from './room.ts'
import type { ChatLimits, ChatSettings } from './settings.ts'

/** A room without anybody in it stays open so long: people come back. */
const EMPTY_MS = 60_000
const PRUNE_EVERY_MS = 3600_000
const PRUNE_AT_ONCE = 5000
/** Messages that are read at once for who takes theirs along. */
const WRITTEN = 500
const DAY_MS = 24 * 3600_000
/** Addresses are of use for bans of people who were here lately, and personal: they are forgotten before the messages. */
const ADDRESS_DAYS = 14

export type RoomChannel = { readonly id: string; readonly slug: string; readonly title: string }

/** Stream keys, as far as a room needs them to know its host. Implemented by the accounts. */
export type HostKeys = {
  /** @returns the digest of the key if it is this channel's */
  digestOfKey(channelId: string, key: string): Promise<string | undefined>
  hasDigest(channelId: string, digest: string): Promise<boolean>
}

export type ChatRoomsOptions = {
  readonly store: ChatStore
  /** `Secrets.keySecret` */
  readonly secret: Uint8Array
  readonly keys: HostKeys
  readonly settings: (slug: string) => ChatSettings
  readonly limits: ChatLimits
  readonly reservedNames: () => readonly string[]
  /** Makes one buffer of frames out of texts, as the transport wants it. */
  readonly frame: (texts: readonly string[]) => Uint8Array
  readonly broadcastId: (slug: string) => string | undefined
  readonly log: Log
  readonly emptyMs?: number
}

/** What a connection says when it joins. */
export type JoinRequest = {
  readonly name: string | undefined
  /** Of an earlier `welcome`, or the channel's stream key. */
  readonly token: string | undefined
  readonly after: number | undefined
  /** By session; undefined: nobody in particular. */
  readonly standing: SignedInStanding | undefined
  /** For counting; undefined: this machine, which is not counted. */
  readonly address: string | undefined
}

/** What somebody is in a room by being signed in. */
export type SignedInStanding = {
  readonly role: Exclude<ChatRole, 'guest'>
  /** May do what moderators do. */
  readonly moderates: boolean
  /** Follows the channel. */
  readonly follows: boolean
  /** Undefined: who has the admin token. */
  readonly account: { readonly id: string; readonly name: string } | undefined
}

export type Joined = { readonly room: Room; readonly member: Member }

/** The rooms of all channels: opened when somebody comes, closed when nobody was there for a while. */
export class ChatRooms {
  readonly counters = new ChatCounters()
  readonly limits: ChatLimits
  readonly #options: ChatRoomsOptions
  readonly #passports: Passports
  readonly #reserved: () => ReservedNames
  /** `limits` as rates. */
  readonly rates: ChatRates
  readonly #rooms = new Map<string, { readonly slug: string; readonly room: Promise<Room>; open?: Room }>()
  readonly #empty = new Map<string, NodeJS.Timeout>()
  readonly #closing = new Map<string, Promise<void>>()
  #pruner: NodeJS.Timeout | undefined

  constructor(options: ChatRoomsOptions) {
    this.#options = options
    this.limits = options.limits
    this.#passports = new Passports(options.secret)
    this.rates = ratesOf(options.limits)
    this.#reserved = derived(options.reservedNames, (names) => new ReservedNames(names))
  }

  start(): void {
    this.#pruner = setInterval(() => void this.#prune(), PRUNE_EVERY_MS)
    void this.#prune()
  }

  settings(slug: string): ChatSettings {
    return this.#options.settings(slug)
  }

  /** Rooms open now. */
  *all(): Iterable<{ readonly slug: string; readonly room: Room }> {
    for (const { slug, open } of this.#rooms.values()) if (open !== undefined) yield { slug, room: open }
  }

  /**
   * @returns undefined when the connection said meanwhile (by the signal) that it is gone
   * @throws UnavailableError when the store doesn't answer, NotFoundError when the channel was removed
   */
  async join(
    channel: RoomChannel,
    request: JoinRequest,
    outlet: Outlet,
    signal: AbortSignal,
  ): Promise<Joined | undefined> {
    const passport = await this.#passportOf(channel.id, request.token)
    const room = await this.open(channel)
    if (signal.aborted) return undefined
    const address = request.address === undefined ? null : this.#passports.addressDigest(request.address)
    const account = request.standing?.account
    const ofKey: ChatRole = passport.keyDigest === undefined ? 'guest' : 'host'
    // Who is a member, and shows the stream key besides, is the host.
    const bySession = request.standing?.role ?? ofKey
    const role = bySession === 'member' && ofKey === 'host' ? ofKey : bySession
    const member = room.join(
      {
        personId:
          account === undefined
            ? this.#passports.personId(channel.id, passport.guest)
            : this.#passports.accountPersonId(channel.id, account.id),
        accountId: account?.id,
        token: this.#passports.token(passport, channel.id),
        name: account?.name ?? request.name,
        moderates: request.standing?.moderates ?? false,
        follows: request.standing?.follows ?? false,
        ...{ role, after: request.after, address },
      },
      outlet,
    )
    clearTimeout(this.#empty.get(channel.id))
    this.#empty.delete(channel.id)
    return { room, member }
  }

  /** @throws UnavailableError, NotFoundError */
  async open(channel: RoomChannel): Promise<Room> {
    const known = this.#rooms.get(channel.id)
    if (known !== undefined) return known.room
    const entry: { slug: string; room: Promise<Room>; open?: Room } = { slug: channel.slug, room: this.#make(channel) }
    this.#rooms.set(channel.id, entry)
    try {
      entry.open = await entry.room
      if (entry.open.members === 0) this.#closeLater(channel.id)
      return entry.open
    } catch (error) {
      if (this.#rooms.get(channel.id) === entry) this.#rooms.delete(channel.id)
      throw error
    }
  }

  /** The operator set something otherwise: who is in a room is told what it is like now, what is kept too long goes. */
  settingsChanged(): void {
    void this.#prune()
    for (const { room } of this.all()) room.settingsChanged()
  }

  /** An account follows the channel now, or no more. */
  followed(channelId: string, accountId: string, follows: boolean): void {
    this.#rooms.get(channelId)?.open?.followed(accountId, follows)
  }

  /** The channel was removed, and with it all that was kept of its room. */
  forget(channelId: string): void {
    this.#rooms.delete(channelId)
    clearTimeout(this.#empty.get(channelId))
    this.#empty.delete(channelId)
  }

  /** What an account wrote, in pieces, newest first. */
  async *writtenBy(accountId: string): AsyncGenerator<readonly WrittenMessage[]> {
    await Promise.all([...this.all()].map(({ room }) => room.flush()))
    let last: WrittenMessage | undefined
    do {
      const found = await this.#options.store.ofAccount(accountId, WRITTEN, last)
      yield found
      last = found.length < WRITTEN ? undefined : found.at(-1)
    } while (last !== undefined)
  }

  /** The account is gone: what it wrote goes too, out of everybody's sight at once. */
  async forgetAccount(accountId: string): Promise<void> {
    await Promise.all([...this.all()].map(({ room }) => room.flush()))
    for (const { channelId, seqs } of await this.#options.store.removeAccount(accountId)) {
      this.#rooms.get(channelId)?.open?.hide(seqs)
    }
  }

  /** Keeps all that was said. */
  async stop(): Promise<void> {
    clearInterval(this.#pruner)
    await Promise.all([...this.#rooms.keys()].map((channelId) => this.#close(channelId)))
    await Promise.all(this.#closing.values())
  }

  async #make(channel: RoomChannel): Promise<Room> {
    await this.#closing.get(channel.id)
    const { store, log, limits, frame } = this.#options
    const start = await store.open(channel.id, RESERVED, RESUMABLE, Date.now())
    return new Room({
      ...{ channel, store, start, limits, frame, reserved: this.#reserved },
      rates: this.rates,
      settings: this.#options.settings(channel.slug),
      counters: this.counters,
      broadcastId: () => this.#options.broadcastId(channel.slug),
      onEmpty: () => this.#closeLater(channel.id),
      log: log.child({ channel: channel.slug }),
      nowMs: () => Date.now(),
      monotonicMs: () => performance.now(),
    })
  }

  #closeLater(channelId: string): void {
    clearTimeout(this.#empty.get(channelId))
    const timer = setTimeout(() => {
      this.#empty.delete(channelId)
      if (this.#rooms.get(channelId)?.open?.members === 0) void this.#close(channelId)
    }, this.#options.emptyMs ?? EMPTY_MS)
    // A stop closes the rooms itself.
    timer.unref()
    this.#empty.set(channelId, timer)
  }

  async #close(channelId: string): Promise<void> {
    const entry = this.#rooms.get(channelId)
    this.forget(channelId)
    if (entry?.open === undefined) return
    const closing = entry.open
      .close()
      .catch((error: unknown) => {
        this.#options.log.warn({ channel: entry.slug, error: messageOf(error) }, 'a chat room could not be kept whole')
      })
      .finally(() => this.#closing.delete(channelId))
    this.#closing.set(channelId, closing)
    await closing
  }

  async #passportOf(channelId: string, token: string | undefined) {
    const { keys } = this.#options
    if (token === undefined) return this.#passports.make()
    if (token.startsWith('sk_')) return this.#passports.make(await keys.digestOfKey(channelId, token))
    const passport = this.#passports.read(token, channelId)
    if (passport?.keyDigest === undefined) return passport ?? this.#passports.make()
    // The key may have been changed since: then who had it is a guest again, and the same person.
    return (await keys.hasDigest(channelId, passport.keyDigest)) ? passport : { ...passport, keyDigest: undefined }
  }

  async #prune(): Promise<void> {
    const now = Date.now()
    const { keepDays } = this.#options.settings('')
    try {
      const before = now - keepDays * DAY_MS
      while ((await this.#options.store.prune(before, now - ADDRESS_DAYS * DAY_MS, PRUNE_AT_ONCE)) >= PRUNE_AT_ONCE);
    } catch (error) {
      this.#options.log.warn({ error: messageOf(error) }, 'old chat messages could not be forgotten')
    }
  }
}
