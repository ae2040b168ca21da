import type { AuditStore } from '../accounts/audit.ts'
import type { BroadcastHistoryStore } from '../accounts/channels/broadcast-history-store.ts'
import type { ChannelStore } from '../accounts/channels/channel-store.ts'
import type { MemberStore } from '../accounts/channels/members.ts'
import type { StreamKeyStore } from '../accounts/channels/stream-key-store.ts'
import type { FollowStore } from '../accounts/following/follows.ts'
import type { WatchStore } from '../accounts/following/watch-history.ts'
import type { DeviceStore, LinkStore, PersonStore, SigningKeyStore } from '../accounts/people/person-store.ts'
import type { ApiTokenStore } from '../accounts/sign-in/api-tokens.ts'
import type { ChatStore } from '../chat/chat-store.ts'
import type { BroadcastStore } from '../live/ports.ts'

/** What the store's thread implements: one port a part of the server. */
export type StorePorts = {
  readonly channels: ChannelStore
  readonly keys: StreamKeyStore
  readonly broadcasts: BroadcastStore
  readonly history: BroadcastHistoryStore
  readonly audit: AuditStore
  readonly chat: ChatStore
  readonly people: PersonStore
  readonly devices: DeviceStore
  readonly links: LinkStore
  readonly members: MemberStore
  readonly apiTokens: ApiTokenStore
  readonly follows: FollowStore
  readonly watched: WatchStore
  readonly signingKeys: SigningKeyStore
}

/** The methods of each port, once more as data: the proxy is made from it, and the compiler checks that none is missing. */
export const PORT_METHODS: { readonly [P in keyof StorePorts]: { readonly [M in keyof StorePorts[P]]: true } } = {
  channels: {
    create: true,
    list: true,
    bySlug: true,
    byKeyDigest: true,
    hasKey: true,
    change: true,
    replaceKeys: true,
    remove: true,
    count: true,
    pictures: true,
  },
  keys: { list: true, add: true, relabel: true, rotate: true, revoke: true, used: true },
  broadcasts: { begin: true, left: true, resume: true, resumeAnew: true, abandon: true, reserve: true, finish: true },
  history: { figures: true, note: true, list: true, remove: true },
  audit: { append: true, list: true, prune: true, anonymise: true },
  chat: {
    open: true,
    reserve: true,
    finish: true,
    append: true,
    list: true,
    message: true,
    remove: true,
    removeOf: true,
    restore: true,
    restoreOf: true,
    setMode: true,
    ofAccount: true,
    removeAccount: true,
    restrict: true,
    lift: true,
    prune: true,
  },
  people: {
    create: true,
    byId: true,
    byEmailKey: true,
    list: true,
    change: true,
    remove: true,
    count: true,
    tokensChanged: true,
  },
  devices: {
    create: true,
    list: true,
    listAll: true,
    rotate: true,
    end: true,
    endById: true,
    ended: true,
    prune: true,
  },
  links: { create: true, find: true, use: true, list: true, remove: true, prune: true },
  apiTokens: { create: true, list: true, find: true, used: true, remove: true },
  follows: { since: true, follow: true, unfollow: true, list: true },
  watched: { add: true, list: true, remove: true, clear: true },
  members: { roleIn: true, list: true, ofPerson: true, known: true, set: true },
  signingKeys: { list: true, add: true, remove: true },
}

export type WorkerSettings = { readonly path: string }

/** Main to worker. `close`: finish what was asked, close the file, exit. */
export type ToWorker =
  | {
      readonly type: 'call'
      readonly id: number
      readonly port: keyof StorePorts
      readonly method: string
      readonly args: readonly unknown[]
    }
  | { readonly type: 'close' }

/** An error on its way between threads, where classes are lost. */
export type WireError = {
  readonly kind: 'config' | 'not-found' | 'unavailable' | 'bug'
  readonly message: string
  readonly stack?: string | undefined
}

/** Worker to main. `ready` or `failed` comes first. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: WireError }
  | { readonly type: 'value'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError }
