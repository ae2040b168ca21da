import { randomUUID } from 'node:crypto'
import { cursorOf, positionOf } from '../../base/cursor.ts'
import { NotFoundError, RefusedError } from '../../base/errors.ts'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import { isSlug, slugProblem } from '../../contract/slug.ts'
import { type ChannelDetails, type ChannelDetailsInput, detailsChange, NO_DETAILS } from './channel-details.ts'
import type { ChannelOfKey, ChannelRecord, ChannelStore } from './channel-store.ts'
import { chosenOrMade, keyDigest, keyRecord, keyTaken, MAX_KEY_LENGTH } from './stream-key.ts'

/** Of one server; `ingest.open` makes channels by name, so there must be an end. */
const MAX_CHANNELS = 100_000

/** A title that is left out is the slug. */
export type NewChannelInput = ChannelDetailsInput & {
  readonly slug: string
  /** A chosen key; left out: one is made. */
  readonly key?: string | undefined
}

/** A channel as the configuration file declares it. */
export type DeclaredChannel = NewChannelInput

export type ChangedChannel = {
  readonly before: ChannelRecord
  readonly channel: ChannelRecord
  /** What is another than before. */
  readonly changed: readonly (keyof ChannelDetails)[]
}

/** What declaring channels came to. */
export type DeclaredOutcome = {
  /** Those that got a key made by us, to be shown once. */
  readonly made: readonly ChannelAndKey[]
  /** Those of which something else is told than before. */
  readonly changed: readonly string[]
  /** Those whose earlier key is worth nothing any more. */
  readonly rekeyed: readonly RekeyedChannel[]
}

/** A channel that got another key, and the ids of the keys that are worth nothing from then on. */
export type RekeyedChannel = { readonly slug: string; readonly revoked: readonly string[] }

/** The only time a key is told. */
export type ChannelAndKey = { readonly channel: ChannelRecord; readonly key: string }

export type RotatedKey = ChannelAndKey & {
  /** Ids of the keys that are worth nothing any more. */ readonly revoked: readonly string[]
}

export type ChannelPage = { readonly items: readonly ChannelRecord[]; readonly nextCursor: string | undefined }

/** The rules of channels and their stream keys. */
export class Channels {
  readonly #store: ChannelStore
  readonly #secret: Uint8Array

  /** @param keySecret see `Secrets.keySecret` */
  constructor(store: ChannelStore, keySecret: Uint8Array) {
    this.#store = store
    this.#secret = keySecret
  }

  /**
   * @param ownerId the person whose it is; undefined: nobody's, admins look after it
   * @throws InvalidFieldError for a slug, title or key against the rules; RefusedError CONFLICT when slug or key is taken
   */
  async create(input: NewChannelInput, ownerId?: string): Promise<ChannelAndKey> {
    const problem = slugProblem(input.slug)
    if (problem !== undefined) throw new InvalidFieldError('slug', problem)
    if ((await this.#store.count()) >= MAX_CHANNELS) {
      throw new RefusedError('LIMIT', `this server has its ${MAX_CHANNELS} channels already`)
    }
    const details: ChannelDetails = { ...NO_DETAILS, title: input.slug }
    const channel = {
      ...{ id: randomUUID(), slug: input.slug, createdAtMs: Date.now() },
      ...{ ...details, ...detailsChange(details, input) },
    }
    const key = chosenOrMade(input.key)
    const outcome = await this.#store.create(channel, keyRecord(this.#secret, key, ''), ownerId)
    if (outcome === 'slug-taken') throw new RefusedError('CONFLICT', `the channel "${input.slug}" exists already`)
    if (outcome === 'key-taken') throw keyTaken()
    return { channel, key }
  }

  /**
   * A page of channels in the order of their slugs.
   * @param cursor the `nextCursor` of the page before @throws InvalidFieldError when it is none of ours
   */
  async list(limit: number, cursor?: string): Promise<ChannelPage> {
    const after = cursor === undefined ? undefined : positionOf('channels', cursor)
    const found = await this.#store.list(limit + 1, after)
    const items = found.slice(0, limit)
    const last = items.at(-1)
    const more = found.length > limit && last !== undefined
    return { items, nextCursor: more ? cursorOf('channels', last.slug) : undefined }
  }

  /** @throws NotFoundError */
  async get(slug: string): Promise<ChannelRecord> {
    const channel = isSlug(slug) ? await this.#store.bySlug(slug) : undefined
    if (channel === undefined) throw new NotFoundError('there is no channel of this name')
    return channel
  }

  /** For open servers: who names a channel makes it. @throws as `create`, but for CONFLICT */
  async getOrCreate(slug: string): Promise<ChannelRecord> {
    const channel = await this.#store.bySlug(slug)
    if (channel !== undefined) return channel
    try {
      return (await this.create({ slug })).channel
    } catch (error) {
      // Somebody else named it at the same moment.
      if (error instanceof RefusedError && error.code === 'CONFLICT') return this.get(slug)
      throw error
    }
  }

  /** What is left out stays. @throws NotFoundError, InvalidFieldError */
  async change(slug: string, input: ChannelDetailsInput): Promise<ChangedChannel> {
    return this.#change(await this.get(slug), input)
  }

  async #change(before: ChannelRecord, input: ChannelDetailsInput): Promise<ChangedChannel> {
    const change = detailsChange(before, input)
    const changed = Object.keys(change) as (keyof ChannelDetails)[]
    if (changed.length > 0) await this.#store.change(before.id, change)
    return { before, channel: { ...before, ...change }, changed }
  }

  /** @returns what it was @throws NotFoundError */
  async remove(slug: string): Promise<ChannelRecord> {
    const channel = await this.get(slug)
    await this.#store.remove(channel.id)
    return channel
  }

  /**
   * Gives the channel a new key; all that it had are worth nothing from now on.
   * @throws NotFoundError, InvalidFieldError, RefusedError CONFLICT when a chosen key is another channel's
   */
  async rotateKey(slug: string, chosen?: string): Promise<RotatedKey> {
    const channel = await this.get(slug)
    const key = chosenOrMade(chosen)
    const revoked = await this.#replaceKeys(channel, key, 'all')
    return { channel, key, revoked }
  }

  /**
   * Makes the channels that the configuration declares, and brings details and key of those that exist up to date;
   * what isn't declared stays as it is, keys with a label too. Doing it again changes nothing.
   * @throws as `create`
   */
  async applyDeclared(declared: readonly DeclaredChannel[]): Promise<DeclaredOutcome> {
    const made: ChannelAndKey[] = []
    const changed: string[] = []
    const rekeyed: RekeyedChannel[] = []
    for (const wanted of declared) {
      const channel = isSlug(wanted.slug) ? await this.#store.bySlug(wanted.slug) : undefined
      if (channel === undefined) {
        const created = await this.create(wanted)
        if (wanted.key === undefined) made.push(created)
      } else {
        if ((await this.#change(channel, wanted)).changed.length > 0) changed.push(wanted.slug)
        const revoked = await this.#rekeyDeclared(channel, wanted)
        if (revoked !== undefined) rekeyed.push({ slug: wanted.slug, revoked })
      }
    }
    return { made, changed, rekeyed }
  }

  /** The first declared channel whose key opens another one already, which `applyDeclared` would refuse. */
  async mistakenKey(declared: readonly DeclaredChannel[]): Promise<number | undefined> {
    for (const [index, { slug, key }] of declared.entries()) {
      const owner = key === undefined || (await this.isKeyOf(slug, key)) ? undefined : await this.byKey(key)
      if (owner !== undefined && owner.channel.slug !== slug) return index
    }
    return undefined
  }

  /** How many channels there are: none yet means a first run. */
  count(): Promise<number> {
    return this.#store.count()
  }

  /** The channel that this key opens. Every name is digested and looked up, whatever its form, so that all take the same time. */
  byKey(key: string): Promise<ChannelOfKey | undefined> {
    return this.#store.byKeyDigest(keyDigest(this.#secret, key))
  }

  /** Whether this key opens this channel. */
  async isKeyOf(slug: string, key: string): Promise<boolean> {
    const channel = isSlug(slug) && key.length <= MAX_KEY_LENGTH ? await this.#store.bySlug(slug) : undefined
    return channel !== undefined && (await this.#store.hasKey(channel.id, keyDigest(this.#secret, key)))
  }

  /** The digest of this key if it is the channel's: for who keeps that somebody had it, and later asks `hasDigest`. */
  async digestOfKey(channelId: string, key: string): Promise<string | undefined> {
    if (key.length > MAX_KEY_LENGTH) return undefined
    const digest = keyDigest(this.#secret, key)
    return (await this.#store.hasKey(channelId, digest)) ? digest : undefined
  }

  /** Whether the key of this digest is still the channel's. */
  hasDigest(channelId: string, digest: string): Promise<boolean> {
    return this.#store.hasKey(channelId, digest)
  }

  /** Keys with a label were made by people of the channel, and are not the file's. @returns the ids of those replaced */
  async #rekeyDeclared(channel: ChannelRecord, wanted: DeclaredChannel): Promise<readonly string[] | undefined> {
    if (wanted.key === undefined) return undefined
    const key = chosenOrMade(wanted.key)
    if (await this.#store.hasKey(channel.id, keyDigest(this.#secret, key))) return undefined
    return this.#replaceKeys(channel, key, 'unlabelled')
  }

  async #replaceKeys(channel: ChannelRecord, key: string, which: 'all' | 'unlabelled'): Promise<readonly string[]> {
    const outcome = await this.#store.replaceKeys(channel.id, keyRecord(this.#secret, key, ''), which)
    if (outcome === 'key-taken') throw keyTaken()
    if (outcome === 'no-channel') throw new NotFoundError('there is no channel of this name')
    return outcome
  }
}
