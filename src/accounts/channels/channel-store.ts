import type { ChannelDetails, KeptPicture } from './channel-details.ts'

/** What is kept of a channel. */
export type ChannelRecord = ChannelDetails & {
  /** Opaque; stays when anything else changes. */
  readonly id: string
  readonly slug: string
  readonly createdAtMs: number
}

/** What is kept of a stream key: never the key itself. */
export type KeyRecord = {
  readonly id: string
  /** See `keyDigest`. */
  readonly digest: string
  readonly label: string
  readonly createdAtMs: number
}

/** A channel, and which of its keys found it. */
export type ChannelOfKey = { readonly channel: ChannelRecord; readonly keyId: string }

/** Keeps channels and their keys. Every method throws UnavailableError when the store doesn't answer. */
export type ChannelStore = {
  /** Makes channel, key and owner together, or none of them. @param ownerId undefined: it is nobody's */
  create(channel: ChannelRecord, key: KeyRecord, ownerId?: string): Promise<'created' | 'slug-taken' | 'key-taken'>
  /** In the order of slugs, those after `afterSlug`. */
  list(limit: number, afterSlug: string | undefined): Promise<readonly ChannelRecord[]>
  bySlug(slug: string): Promise<ChannelRecord | undefined>
  byKeyDigest(digest: string): Promise<ChannelOfKey | undefined>
  hasKey(channelId: string, digest: string): Promise<boolean>
  /** What is left out stays. */
  change(channelId: string, change: Partial<ChannelDetails>): Promise<void>
  /**
   * `key` takes the place of all the channel's keys, or of those without a label.
   * @returns the ids of those that are gone
   */
  replaceKeys(
    channelId: string,
    key: KeyRecord,
    which: 'all' | 'unlabelled',
  ): Promise<readonly string[] | 'key-taken' | 'no-channel'>
  /** With keys and broadcasts. @returns false when there was none */
  remove(channelId: string): Promise<boolean>
  count(): Promise<number>
  /** All pictures of all channels. */
  pictures(): Promise<readonly { readonly slug: string; readonly file: KeptPicture['file'] }[]>
}
