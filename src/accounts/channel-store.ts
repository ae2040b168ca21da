/** What is kept of a channel. */
export type ChannelRecord = {
  /** Opaque; stays when title or key change. */
  readonly id: string
  readonly slug: string
  readonly title: string
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

/** Keeps channels and their keys. Every method throws UnavailableError when the store doesn't answer. */
export type ChannelStore = {
  /** Makes channel and key together, or neither. */
  create(channel: ChannelRecord, key: KeyRecord): Promise<'created' | 'slug-taken' | 'key-taken'>
  /** In the order of slugs, those after `afterSlug`. */
  list(limit: number, afterSlug: string | undefined): Promise<readonly ChannelRecord[]>
  bySlug(slug: string): Promise<ChannelRecord | undefined>
  /** Finds the channel of a key and notes when the key was used. */
  byKeyDigest(digest: string, usedAtMs: number): Promise<ChannelRecord | undefined>
  hasKey(channelId: string, digest: string): Promise<boolean>
  retitle(channelId: string, title: string): Promise<void>
  /** From now on `key` is the channel's only key. */
  replaceKeys(channelId: string, key: KeyRecord): Promise<'replaced' | 'key-taken' | 'no-channel'>
  /** With keys and broadcasts. @returns false when there was none */
  remove(channelId: string): Promise<boolean>
  count(): Promise<number>
}
