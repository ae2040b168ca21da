import type { KeyRecord } from './channel-store.ts'

/** What is known of a key: never the key itself, nor its digest. */
export type KeyFacts = {
  readonly id: string
  /** Empty for the key that was made with the channel, or that the configuration declares. */
  readonly label: string
  readonly createdAtMs: number
  /** Undefined: never. */
  readonly lastUsedAtMs: number | undefined
}

export type KeyUse = { readonly id: string; readonly atMs: number }

/** Keeps the stream keys of channels, one by one. Every method throws UnavailableError when the store doesn't answer. */
export type StreamKeyStore = {
  /** In the order they were made. */
  list(channelId: string): Promise<readonly KeyFacts[]>
  /** @param most keys that a channel may have */
  add(channelId: string, key: KeyRecord, most: number): Promise<'added' | 'key-taken' | 'no-channel' | 'full'>
  relabel(channelId: string, id: string, label: string): Promise<boolean>
  /** `key` takes the place of the one with this id. */
  rotate(channelId: string, id: string, key: KeyRecord): Promise<'rotated' | 'key-taken' | 'no-key'>
  /** @returns false when there was none */
  revoke(channelId: string, id: string): Promise<boolean>
  /** Notes when keys were used; those that are gone are left out. */
  used(uses: readonly KeyUse[]): Promise<void>
}
