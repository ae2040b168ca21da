import { randomUUID } from 'node:crypto'
import { cursorOf, numberOfCursor } from '../base/cursor.ts'
import { NotFoundError, RefusedError } from '../base/errors.ts'
import { InvalidFieldError } from '../base/invalid-field-error.ts'
import type { NewRestriction, Restriction, RoomChange, RoomMode } from '../contract/chat.ts'
import type { ChatStore, StoredMessage, StoredRestriction } from './chat-store.ts'
import { RESUMABLE } from './room.ts'
import type { ChatRooms, RoomChannel } from './rooms.ts'

/** Lifted so soon, a restriction was a mistake: the messages it removed come back with it. */
const UNDO_MS = 60_000

export type ModeratedMessages = { readonly items: readonly StoredMessage[]; readonly nextCursor: string | undefined }
export type Restrictions = { readonly items: readonly Restriction[]; readonly nextCursor: string | undefined }

/**
 * What moderators do: decided here, kept by the store, and told by the room to all whom it concerns (by the one open then:
 * an empty room may have been closed while the store was asked). Who may do it, and the audit log, are the caller's. Every method throws UnavailableError when the store doesn't answer.
 */
export class Moderation {
  readonly #rooms: ChatRooms
  readonly #store: ChatStore

  constructor(rooms: ChatRooms, store: ChatStore) {
    this.#rooms = rooms
    this.#store = store
  }

  /** Newest first, with the removed ones. @throws InvalidFieldError for a cursor that is none of ours */
  async messages(
    channel: RoomChannel,
    limit: number,
    cursor: string | undefined,
    person: string | undefined,
  ): Promise<ModeratedMessages> {
    const before = cursor === undefined ? undefined : numberOfCursor('chat-messages', cursor)
    const room = await this.#rooms.open(channel)
    await room.flush()
    const found = await this.#store.list(channel.id, limit + 1, before, person)
    const items = found.slice(0, limit)
    const last = items.at(-1)
    const more = found.length > limit && last !== undefined
    return { items, nextCursor: more ? cursorOf('chat-messages', last.seq) : undefined }
  }

  /** Takes a message out of sight; again changes nothing. @returns what it was @throws NotFoundError */
  async remove(channel: RoomChannel, seq: number, by: string): Promise<StoredMessage> {
    const room = await this.#rooms.open(channel)
    await room.flush()
    const message = await this.#message(channel, seq)
    const removed = await this.#store.remove(channel.id, seq, { by, atMs: Date.now(), restrictionId: null })
    const now = await this.#rooms.open(channel)
    now.hide(removed)
    return message
  }

  /** Shows a removed message again. @throws NotFoundError */
  async restore(channel: RoomChannel, seq: number): Promise<StoredMessage> {
    const message = await this.#message(channel, seq)
    const restored = await this.#store.restore(channel.id, seq)
    const room = await this.#rooms.open(channel)
    room.show(restored)
    return message
  }

  /** Those in force, newest first. @throws InvalidFieldError for a cursor that is none of ours */
  async restrictions(channel: RoomChannel, limit: number, cursor: string | undefined): Promise<Restrictions> {
    const from = cursor === undefined ? 0 : numberOfCursor('chat-restrictions', cursor)
    const all = (await this.#rooms.open(channel)).restrictions.list(Date.now())
    const items = all.slice(from, from + limit).map(restrictionView)
    const more = all.length > from + limit
    return { items, nextCursor: more ? cursorOf('chat-restrictions', from + limit) : undefined }
  }

  /**
   * Times out or bans a person, and with `address` whoever comes from where they were last seen. An address that is this
   * machine's own (as behind a proxy that `server.trustedProxies` doesn't name) is never covered: it would be everybody's.
   * @throws NotFoundError for somebody who was never here; RefusedError FORBIDDEN for who hosts or moderates
   */
  async restrict(channel: RoomChannel, wanted: NewRestriction, by: string): Promise<Restriction> {
    const { kind, seconds, person: personId } = wanted
    if (kind === 'quiet' && seconds === undefined)
      throw new InvalidFieldError('seconds', 'a time-out says for how long')
    const room = await this.#rooms.open(channel)
    await room.flush()
    const seen = room.lastSeen(personId) ?? (await this.#lastMessage(channel, personId))
    if (seen === undefined) throw new NotFoundError('nobody of this id was in this chat')
    if (seen.role === 'admin' || seen.role === 'moderator' || seen.role === 'host') {
      throw new RefusedError('FORBIDDEN', 'who hosts or moderates can’t be timed out or banned')
    }
    const atMs = Date.now()
    const restriction: StoredRestriction = {
      ...{ id: randomUUID(), personId, name: seen.name, role: seen.role, kind, atMs, by },
      address: wanted.address ? seen.address : null,
      untilMs: kind === 'ban' || seconds === undefined ? null : atMs + seconds * 1000,
      reason: wanted.reason ?? null,
    }
    await this.#store.restrict(channel.id, restriction)
    const now = await this.#rooms.open(channel)
    now.restrict(restriction)
    if (wanted.removeMessages) {
      // What they said while the store was asked.
      await now.flush()
      now.hide(await this.#store.removeOf(channel.id, personId, { by, atMs, restrictionId: restriction.id }))
    }
    return restrictionView(restriction)
  }

  /** Within a minute it is an undo: messages that were removed with the restriction come back. @throws NotFoundError */
  async lift(channel: RoomChannel, id: string): Promise<Restriction> {
    const room = await this.#rooms.open(channel)
    const known = room.restrictions.list(Date.now()).find((restriction) => restriction.id === id)
    if (known === undefined) throw new NotFoundError('there is no such restriction in force')
    await this.#store.lift(channel.id, id)
    const now = await this.#rooms.open(channel)
    now.lift(id)
    if (Date.now() - known.atMs < UNDO_MS) now.show(await this.#store.restoreOf(channel.id, id, RESUMABLE))
    return restrictionView(known)
  }

  async mode(channel: RoomChannel): Promise<RoomMode> {
    return (await this.#rooms.open(channel)).mode
  }

  /** What is left out stays. */
  async change(channel: RoomChannel, change: RoomChange): Promise<RoomMode> {
    const room = await this.#rooms.open(channel)
    const { mode, slowSeconds, writers } = room.mode
    const wanted = {
      mode: change.mode ?? mode,
      slowSeconds: change.slowSeconds ?? slowSeconds,
      writers: change.writers ?? writers,
    }
    await this.#store.setMode(channel.id, wanted)
    const now = await this.#rooms.open(channel)
    now.setMode(wanted)
    return now.mode
  }

  async #message(channel: RoomChannel, seq: number): Promise<StoredMessage> {
    const message = await this.#store.message(channel.id, seq)
    if (message === undefined) throw new NotFoundError('there is no such message')
    return message
  }

  async #lastMessage(channel: RoomChannel, personId: string): Promise<StoredMessage | undefined> {
    const [message] = await this.#store.list(channel.id, 1, undefined, personId)
    return message
  }
}

function restrictionView(restriction: StoredRestriction): Restriction {
  const { id, personId, name, role, kind, address, untilMs, atMs, by, reason } = restriction
  return {
    ...{ id, kind, by, reason },
    person: { id: personId, name, role },
    address: address !== null,
    until: untilMs === null ? null : new Date(untilMs).toISOString(),
    at: new Date(atMs).toISOString(),
  }
}
