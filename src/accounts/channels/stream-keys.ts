import { NotFoundError, RefusedError } from '../../base/errors.ts'
import { plainLine } from '../plain-line.ts'
import type { ChannelRecord } from './channel-store.ts'
import type { Channels } from './channels.ts'
import type { KeyUses } from './key-uses.ts'
import { chosenOrMade, keyRecord, keyTaken } from './stream-key.ts'
import type { KeyFacts, StreamKeyStore } from './stream-key-store.ts'

const MAX_KEYS = 50
const MAX_LABEL_LENGTH = 60

export type NewKeyInput = {
  /** Who or what it is for: the name on it. */
  readonly label: string
  /** A chosen key; left out: one is made. */
  readonly key?: string | undefined
}

/** A key, the one time it is told. */
export type ToldKey = { readonly channel: ChannelRecord; readonly facts: KeyFacts; readonly key: string }

export type KeyOfChannel = { readonly channel: ChannelRecord; readonly facts: KeyFacts }

export type StreamKeysOptions = {
  readonly store: StreamKeyStore
  readonly channels: Pick<Channels, 'get'>
  /** See `Secrets.keySecret` */
  readonly secret: Uint8Array
  readonly uses: Pick<KeyUses, 'waiting'>
}

/**
 * The rules of a channel's several stream keys: each encoder or person has one with a label of its own, so that one can be
 * taken away without the others.
 */
export class StreamKeys {
  readonly #store: StreamKeyStore
  readonly #channels: Pick<Channels, 'get'>
  readonly #secret: Uint8Array
  readonly #uses: Pick<KeyUses, 'waiting'>

  constructor({ store, channels, secret, uses }: StreamKeysOptions) {
    this.#store = store
    this.#channels = channels
    this.#secret = secret
    this.#uses = uses
  }

  /** In the order they were made. @throws NotFoundError */
  async list(slug: string): Promise<readonly KeyFacts[]> {
    const { id } = await this.#channels.get(slug)
    return this.#list(id)
  }

  /** @throws NotFoundError; InvalidFieldError; RefusedError CONFLICT for a label or key that is taken, LIMIT */
  async add(slug: string, input: NewKeyInput): Promise<ToldKey> {
    const channel = await this.#channels.get(slug)
    const label = labelOf(input.label)
    mustBeFree(await this.#list(channel.id), label)
    const key = chosenOrMade(input.key)
    const record = keyRecord(this.#secret, key, label)
    const outcome = await this.#store.add(channel.id, record, MAX_KEYS)
    if (outcome === 'key-taken') throw keyTaken()
    if (outcome === 'full')
      throw new RefusedError('LIMIT', `a channel has at most ${MAX_KEYS} stream keys: revoke one first`)
    if (outcome === 'no-channel') throw new NotFoundError('there is no channel of this name')
    return { channel, facts: unused(record), key }
  }

  /** @throws NotFoundError; InvalidFieldError; RefusedError CONFLICT */
  async relabel(slug: string, id: string, input: string): Promise<KeyOfChannel & { readonly before: KeyFacts }> {
    const { channel, facts: before, others } = await this.#find(slug, id)
    const label = labelOf(input)
    mustBeFree(others, label)
    if (!(await this.#store.relabel(channel.id, id, label))) throw noKey()
    return { channel, before, facts: { ...before, label } }
  }

  /**
   * A new key with the label of an old one, which is worth nothing from now on. It has an id of its own.
   * @throws NotFoundError; InvalidFieldError, RefusedError CONFLICT for a chosen key
   */
  async rotate(slug: string, id: string, chosen?: string): Promise<ToldKey> {
    const { channel, facts } = await this.#find(slug, id)
    const key = chosenOrMade(chosen)
    const record = keyRecord(this.#secret, key, facts.label)
    const outcome = await this.#store.rotate(channel.id, id, record)
    if (outcome === 'key-taken') throw keyTaken()
    if (outcome === 'no-key') throw noKey()
    return { channel, facts: unused(record), key }
  }

  /** The key is worth nothing from now on. @returns what it was @throws NotFoundError */
  async revoke(slug: string, id: string): Promise<KeyOfChannel> {
    const { channel, facts } = await this.#find(slug, id)
    if (!(await this.#store.revoke(channel.id, id))) throw noKey()
    return { channel, facts }
  }

  async #find(slug: string, id: string): Promise<KeyOfChannel & { readonly others: readonly KeyFacts[] }> {
    const channel = await this.#channels.get(slug)
    const all = await this.#list(channel.id)
    const facts = all.find((key) => key.id === id)
    if (facts === undefined) throw noKey()
    return { channel, facts, others: all.filter((key) => key !== facts) }
  }

  async #list(channelId: string): Promise<readonly KeyFacts[]> {
    const kept = await this.#store.list(channelId)
    return kept.map((key) => ({ ...key, lastUsedAtMs: this.#uses.waiting(key.id) ?? key.lastUsedAtMs }))
  }
}

function labelOf(input: string): string {
  return plainLine({ path: 'label', what: 'a label' }, input, MAX_LABEL_LENGTH)
}

/** Two keys of one name could not be told apart: the wrong one would be revoked. */
function mustBeFree(keys: readonly KeyFacts[], label: string): void {
  const same = (other: string): boolean => other.toLowerCase() === label.toLowerCase()
  if (keys.some((key) => same(key.label))) {
    throw new RefusedError('CONFLICT', `the channel has a key “${label}” already, choose another label`)
  }
}

function unused({ id, label, createdAtMs }: Omit<KeyFacts, 'lastUsedAtMs'>): KeyFacts {
  return { id, label, createdAtMs, lastUsedAtMs: undefined }
}

function noKey(): NotFoundError {
  return new NotFoundError('the channel has no such stream key')
}
