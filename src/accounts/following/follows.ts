import { cursorOf, positionOf } from '../../base/cursor.ts'
import { RefusedError } from '../../base/errors.ts'
import type { ChannelRecord } from '../channels/channel-store.ts'
import type { Channels } from '../channels/channels.ts'
import type { PersonalRecords } from '../people/personal-data.ts'

/** Of one person. */
const MOST_FOLLOWED = 1000
const EXPORTED_AT_ONCE = 100

/** A channel that somebody follows. */
export type Followed = { readonly channel: ChannelRecord; readonly sinceMs: number }

export type FollowPage = { readonly items: readonly Followed[]; readonly nextCursor: string | undefined }

/** Keeps who follows which channel. Every method throws UnavailableError when the store doesn't answer. */
export type FollowStore = {
  /** Since when; undefined: not. */
  since(personId: string, channelId: string): Promise<number | undefined>
  /** @returns since when, which stays what it was for who follows already; `full`: they follow too many */
  follow(personId: string, channelId: string, atMs: number, most: number): Promise<number | 'full'>
  unfollow(personId: string, channelId: string): Promise<void>
  /** In the order of slugs. @param after slug */
  list(personId: string, limit: number, after: string | undefined): Promise<readonly Followed[]>
}

/** Channels that people want to hear of. What somebody follows is nobody else's business. */
export class Follows {
  readonly #store: FollowStore
  readonly #channels: Pick<Channels, 'get'>
  readonly #listeners = new Set<(personId: string, channelId: string, follows: boolean) => void>()

  constructor(store: FollowStore, channels: Pick<Channels, 'get'>) {
    this.#store = store
    this.#channels = channels
  }

  /** Told who follows a channel now, or no more. @returns the undo */
  onChanged(listener: (personId: string, channelId: string, follows: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @returns since when (ms since 1970); undefined: not @throws NotFoundError */
  async since(personId: string, slug: string): Promise<number | undefined> {
    return this.#store.since(personId, (await this.#channels.get(slug)).id)
  }

  /** @returns since when @throws NotFoundError; RefusedError LIMIT */
  async follow(personId: string, slug: string, nowMs = Date.now()): Promise<number> {
    const { id } = await this.#channels.get(slug)
    const since = await this.#store.follow(personId, id, nowMs, MOST_FOLLOWED)
    if (since === 'full') {
      throw new RefusedError('LIMIT', `you follow ${MOST_FOLLOWED} channels already: leave one first`)
    }
    this.#tell(personId, id, true)
    return since
  }

  /** @throws NotFoundError */
  async unfollow(personId: string, slug: string): Promise<void> {
    const { id } = await this.#channels.get(slug)
    await this.#store.unfollow(personId, id)
    this.#tell(personId, id, false)
  }

  /** A page in the order of slugs. @throws InvalidFieldError for a cursor of another list */
  async list(personId: string, limit: number, cursor?: string): Promise<FollowPage> {
    const after = cursor === undefined ? undefined : positionOf('follows', cursor)
    const found = await this.#store.list(personId, limit + 1, after)
    const items = found.slice(0, limit)
    const last = items.at(-1)
    const more = found.length > limit && last !== undefined
    return { items, nextCursor: more ? cursorOf('follows', last.channel.slug) : undefined }
  }

  #tell(personId: string, channelId: string, follows: boolean): void {
    for (const listener of this.#listeners) listener(personId, channelId, follows)
  }

  /** For the person themselves. */
  records(): PersonalRecords {
    const store = this.#store
    return {
      name: 'follows',
      async *read(personId) {
        let after: string | undefined
        do {
          const found = await store.list(personId, EXPORTED_AT_ONCE, after)
          yield found.map(({ channel, sinceMs }) => ({ channel: channel.slug, since: new Date(sinceMs).toISOString() }))
          after = found.length < EXPORTED_AT_ONCE ? undefined : found.at(-1)?.channel.slug
        } while (after !== undefined)
      },
      // The store forgets them with the person.
      remove: async () => undefined,
    }
  }
}
