import { RefusedError } from '../../base/errors.ts'
import type { ChannelRole } from '../../contract/people.ts'
import type { People } from '../people/people.ts'
import type { ChannelRecord } from './channel-store.ts'
import type { Channels } from './channels.ts'

/** Of one channel. */
const MOST_MEMBERS = 500
/** That somebody who is no admin may own: whoever needs more asks one. */
const MOST_OWNED = 20

const MOST_FOUND = 8

/** Somebody who belongs to a channel. */
export type Member = {
  readonly personId: string
  readonly name: string
  readonly role: ChannelRole
  readonly sinceMs: number
}

/** Somebody as everybody may see them. */
export type KnownPerson = { readonly id: string; readonly name: string }

/** A channel that somebody belongs to. */
export type Membership = { readonly channel: ChannelRecord; readonly role: ChannelRole }

/** Keeps who belongs to which channel. Every method throws UnavailableError when the store doesn't answer. */
export type MemberStore = {
  roleIn(slug: string, personId: string): Promise<ChannelRole | undefined>
  /** By role, then by name. */
  list(channelId: string): Promise<readonly Member[]>
  /** In the order of slugs. */
  ofPerson(personId: string): Promise<readonly Membership[]>
  /**
   * People whom an owner meets already: who wrote in the channel's chat with their account, or belong to another channel that
   * the owner has. Not those who belong to this one, or are disabled. By name.
   */
  known(channelId: string, ownerId: string, query: string, limit: number): Promise<readonly KnownPerson[]>
  /** @returns what it was before; `last-owner`: somebody must own it who may sign in */
  set(
    channelId: string,
    personId: string,
    role: ChannelRole | undefined,
    change: { readonly atMs: number; readonly most: number; readonly mayOrphan: boolean },
  ): Promise<{ readonly before: ChannelRole | undefined } | 'last-owner' | 'full'>
}

export type MembersOptions = {
  readonly store: MemberStore
  readonly channels: Pick<Channels, 'get'>
  readonly people: Pick<People, 'get'>
}

/** Whose a channel is, who else may broadcast in it, and who keeps its chat in order. */
export class Members {
  readonly #store: MemberStore
  readonly #channels: Pick<Channels, 'get'>
  readonly #people: Pick<People, 'get'>
  readonly #listeners = new Set<(personId: string) => void>()

  constructor({ store, channels, people }: MembersOptions) {
    this.#store = store
    this.#channels = channels
    this.#people = people
  }

  /** Told whose role in a channel changed. @returns the undo */
  onChanged(listener: (personId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Undefined also where there is no such channel. */
  roleIn(slug: string, personId: string): Promise<ChannelRole | undefined> {
    return this.#store.roleIn(slug, personId)
  }

  /** @throws NotFoundError */
  async list(slug: string): Promise<readonly Member[]> {
    return this.#store.list((await this.#channels.get(slug)).id)
  }

  /** In the order of slugs. */
  ofPerson(personId: string): Promise<readonly Membership[]> {
    return this.#store.ofPerson(personId)
  }

  /**
   * Whom an owner may find by their name: those whom they meet already. Who has an account here besides, nobody learns.
   * @param query a part of the name @throws NotFoundError
   */
  async known(slug: string, ownerId: string, query: string): Promise<readonly KnownPerson[]> {
    return this.#store.known((await this.#channels.get(slug)).id, ownerId, query, MOST_FOUND)
  }

  /** Before somebody who is no admin makes one more. @throws RefusedError LIMIT */
  async mayOwnMore(personId: string): Promise<void> {
    const owned = (await this.#store.ofPerson(personId)).filter(({ role }) => role === 'owner')
    if (owned.length < MOST_OWNED) return
    throw new RefusedError('LIMIT', `you own ${MOST_OWNED} channels already: give one up, or ask an admin`)
  }

  /**
   * @param mayOrphan an admin may leave a channel without an owner
   * @throws NotFoundError; RefusedError CONFLICT for the last owner, LIMIT for too many members
   */
  async set(slug: string, personId: string, role: ChannelRole, mayOrphan: boolean): Promise<Changed> {
    const channel = await this.#channels.get(slug)
    const person = await this.#people.get(personId)
    return { channel, name: person.name, before: await this.#change(channel, personId, role, mayOrphan) }
  }

  /** @returns undefined: they belonged to it not @throws as `set` */
  async remove(slug: string, personId: string, mayOrphan: boolean): Promise<Changed | undefined> {
    const channel = await this.#channels.get(slug)
    const before = await this.#change(channel, personId, undefined, mayOrphan)
    return before === undefined ? undefined : { channel, name: (await this.#people.get(personId)).name, before }
  }

  async #change(
    { id }: ChannelRecord,
    personId: string,
    role: ChannelRole | undefined,
    mayOrphan: boolean,
  ): Promise<ChannelRole | undefined> {
    const outcome = await this.#store.set(id, personId, role, { atMs: Date.now(), most: MOST_MEMBERS, mayOrphan })
    if (outcome === 'last-owner') throw new RefusedError('CONFLICT', 'a channel has an owner: make another one first')
    if (outcome === 'full') throw new RefusedError('LIMIT', `a channel has at most ${MOST_MEMBERS} members`)
    if (outcome.before !== role) for (const listener of this.#listeners) listener(personId)
    return outcome.before
  }
}

export type Changed = {
  readonly channel: ChannelRecord
  readonly name: string
  readonly before: ChannelRole | undefined
}

/** What the rules of routes ask of a role: an owner may all that the others may. */
export function includes(role: ChannelRole | undefined, wanted: ChannelRole): boolean {
  return role === 'owner' || role === wanted
}
