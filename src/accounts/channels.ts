import { randomUUID } from 'node:crypto'
import { cursorOf, positionOf } from '../base/cursor.ts'
import { NotFoundError, RefusedError } from '../base/errors.ts'
import { InvalidFieldError } from '../base/invalid-field-error.ts'
import { isSlug, slugProblem } from '../contract/slug.ts'
import type { ChannelRecord, ChannelStore, KeyRecord } from './channel-store.ts'
import { keyDigest, MAX_KEY_LENGTH, makeStreamKey, streamKeyProblem } from './stream-key.ts'

const MAX_TITLE_LENGTH = 120
/** Of one server; `ingest.open` makes channels by name, so there must be an end. */
const MAX_CHANNELS = 100_000

export type NewChannelInput = {
  readonly slug: string
  /** Left out: the slug. */
  readonly title?: string | undefined
  /** A chosen key; left out: one is made. */
  readonly key?: string | undefined
}

/** A channel as the configuration file declares it. */
export type DeclaredChannel = NewChannelInput

export type ChannelChangeInput = { readonly title?: string | undefined }

export type ChangedChannel = { readonly before: ChannelRecord; readonly channel: ChannelRecord }

/** What declaring channels came to. */
export type DeclaredOutcome = {
  /** Those that got a key made by us, to be shown once. */
  readonly made: readonly ChannelAndKey[]
  readonly retitled: readonly string[]
  /** Those whose earlier key is worth nothing any more. */
  readonly rekeyed: readonly string[]
}

/** The only time a key is told. */
export type ChannelAndKey = { readonly channel: ChannelRecord; readonly key: string }

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

  /** @throws InvalidFieldError for a slug, title or key against the rules; RefusedError CONFLICT when slug or key is taken */
  async create(input: NewChannelInput): Promise<ChannelAndKey> {
    const problem = slugProblem(input.slug)
    if (problem !== undefined) throw new InvalidFieldError('slug', problem)
    if ((await this.#store.count()) >= MAX_CHANNELS) {
      throw new RefusedError('LIMIT', `this server has its ${MAX_CHANNELS} channels already`)
    }
    const title = input.title === undefined ? input.slug : titleOf(input.title)
    const channel = { id: randomUUID(), slug: input.slug, title, createdAtMs: Date.now() }
    const key = chosenOrMade(input.key)
    const outcome = await this.#store.create(channel, this.#record(key))
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
  async change(slug: string, { title }: ChannelChangeInput): Promise<ChangedChannel> {
    const before = await this.get(slug)
    const channel = title === undefined ? before : { ...before, title: titleOf(title) }
    if (channel.title !== before.title) await this.#store.retitle(channel.id, channel.title)
    return { before, channel }
  }

  /** @returns what it was @throws NotFoundError */
  async remove(slug: string): Promise<ChannelRecord> {
    const channel = await this.get(slug)
    await this.#store.remove(channel.id)
    return channel
  }

  /**
   * Gives the channel a new key; the old one is worth nothing from now on.
   * @throws NotFoundError, InvalidFieldError, RefusedError CONFLICT when a chosen key is another channel's
   */
  async rotateKey(slug: string, chosen?: string): Promise<ChannelAndKey> {
    const channel = await this.get(slug)
    const key = chosenOrMade(chosen)
    await this.#replaceKeys(channel, key)
    return { channel, key }
  }

  /**
   * Makes the channels that the configuration declares, and brings title and key of those that exist up to date;
   * what isn't declared stays as it is. Doing it again changes nothing.
   * @throws as `create`
   */
  async applyDeclared(declared: readonly DeclaredChannel[]): Promise<DeclaredOutcome> {
    const made: ChannelAndKey[] = []
    const retitled: string[] = []
    const rekeyed: string[] = []
    for (const wanted of declared) {
      const channel = isSlug(wanted.slug) ? await this.#store.bySlug(wanted.slug) : undefined
      if (channel === undefined) {
        const created = await this.create(wanted)
        if (wanted.key === undefined) made.push(created)
      } else {
        if (await this.#retitleDeclared(channel, wanted)) retitled.push(wanted.slug)
        if (await this.#rekeyDeclared(channel, wanted)) rekeyed.push(wanted.slug)
      }
    }
    return { made, retitled, rekeyed }
  }

  /** The first declared channel whose key opens another one already, which `applyDeclared` would refuse. */
  async mistakenKey(declared: readonly DeclaredChannel[]): Promise<number | undefined> {
    for (const [index, { slug, key }] of declared.entries()) {
      const owner = key === undefined || (await this.isKeyOf(slug, key)) ? undefined : await this.byKey(key)
      if (owner !== undefined && owner.slug !== slug) return index
    }
    return undefined
  }

  /** How many channels there are: none yet means a first run. */
  count(): Promise<number> {
    return this.#store.count()
  }

  /** The channel that this key opens. Every name is digested and looked up, whatever its form, so that all take the same time. */
  byKey(key: string): Promise<ChannelRecord | undefined> {
    return this.#store.byKeyDigest(keyDigest(this.#secret, key), Date.now())
  }

  /** Whether this key opens this channel. Unlike `byKey` it doesn't count as a use: a page asks every second. */
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

  async #retitleDeclared(channel: ChannelRecord, wanted: DeclaredChannel): Promise<boolean> {
    if (wanted.title === undefined || titleOf(wanted.title) === channel.title) return false
    await this.#store.retitle(channel.id, titleOf(wanted.title))
    return true
  }

  async #rekeyDeclared(channel: ChannelRecord, wanted: DeclaredChannel): Promise<boolean> {
    if (wanted.key === undefined) return false
    const key = chosenOrMade(wanted.key)
    if (await this.#store.hasKey(channel.id, keyDigest(this.#secret, key))) return false
    await this.#replaceKeys(channel, key)
    return true
  }

  async #replaceKeys(channel: ChannelRecord, key: string): Promise<void> {
    const outcome = await this.#store.replaceKeys(channel.id, this.#record(key))
    if (outcome === 'key-taken') throw keyTaken()
    if (outcome === 'no-channel') throw new NotFoundError('there is no channel of this name')
  }

  #record(key: string): KeyRecord {
    return { id: randomUUID(), digest: keyDigest(this.#secret, key), label: '', createdAtMs: Date.now() }
  }
}

function chosenOrMade(chosen: string | undefined): string {
  if (chosen === undefined) return makeStreamKey()
  const problem = streamKeyProblem(chosen)
  if (problem !== undefined) throw new InvalidFieldError('key', problem)
  return chosen
}

function titleOf(input: string): string {
  // Control and formatting characters could hide or reverse the text around a title.
  const title = input.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => (c === '\u200d' ? c : ' ')).trim()
  if (title.length === 0) throw new InvalidFieldError('title', 'a title has at least one character')
  if (title.length > MAX_TITLE_LENGTH) {
    throw new InvalidFieldError('title', `a title has at most ${MAX_TITLE_LENGTH} characters`)
  }
  return title
}

function keyTaken(): RefusedError {
  return new RefusedError('CONFLICT', 'this stream key belongs to another channel, choose another')
}
