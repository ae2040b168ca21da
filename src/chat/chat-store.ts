import type { ChatRole, ChatWriters, RoomMode } from '../contract/chat.ts'

/** What is kept of a message. */
export type StoredMessage = {
  readonly seq: number
  readonly personId: string
  /** Whose account it was; null: a guest’s, or the admin token’s. Never told to others. */
  readonly accountId: string | null
  readonly name: string
  readonly role: ChatRole
  readonly text: string
  readonly atMs: number
  /** The broadcast that went on then, for its replay; null: none. */
  readonly broadcastId: string | null
  /** See `Passports.addressDigest`. */
  readonly address: string | null
  readonly removedAtMs: number | null
  readonly removedBy: string | null
  /** What it answers; left out: nothing, or what is not kept any more. */
  readonly replyTo?: Replied
}

/** A message that was answered, and who wrote it. */
export type Replied = { readonly seq: number; readonly personId: string; readonly name: string }

export type StoredRestriction = {
  readonly id: string
  readonly personId: string
  readonly name: string
  readonly role: ChatRole
  readonly kind: 'quiet' | 'ban'
  /** The address it covers; null: the person alone. */
  readonly address: string | null
  readonly untilMs: number | null
  readonly atMs: number
  readonly by: string
  readonly reason: string | null
}

export type RoomStart = {
  /** First sequence number that may be used; all below `limit` are reserved. */
  readonly nextSeq: number
  readonly limit: number
  readonly mode: RoomMode['mode']
  /** Null: never set. */
  readonly slowSeconds: number | null
  readonly writers: ChatWriters
  /** The newest that were not removed, oldest first. */
  readonly messages: readonly StoredMessage[]
  /** Those in force. */
  readonly restrictions: readonly StoredRestriction[]
}

/** A message as its writer takes it along. */
export type WrittenMessage = Pick<StoredMessage, 'seq' | 'text' | 'name' | 'atMs' | 'removedAtMs'> & {
  readonly channelId: string
  readonly slug: string
}
/** The last one that was read. */
export type WrittenPosition = Pick<WrittenMessage, 'atMs' | 'channelId' | 'seq'>

/** Who removed something, when, and by which restriction (so that lifting it can undo it). */
export type Removal = { readonly by: string; readonly atMs: number; readonly restrictionId: string | null }

/** Keeps what is said and what was decided. Every method throws UnavailableError when the store doesn't answer. */
export type ChatStore = {
  /** Reserves sequence numbers before they are used, so that they never go back. @throws NotFoundError without the channel */
  open(channelId: string, reserve: number, messages: number, nowMs: number): Promise<RoomStart>
  /** All numbers below `limit` are reserved from now on. */
  reserve(channelId: string, limit: number): Promise<void>
  /** Gives back what was reserved (up to `limit`) and not used. */
  finish(channelId: string, nextSeq: number, limit: number): Promise<void>
  append(channelId: string, messages: readonly StoredMessage[]): Promise<void>
  /** Newest first, those before `beforeSeq`, with the removed ones. */
  list(
    channelId: string,
    limit: number,
    beforeSeq: number | undefined,
    personId: string | undefined,
  ): Promise<readonly StoredMessage[]>
  message(channelId: string, seq: number): Promise<StoredMessage | undefined>
  /** @returns the sequence numbers of what was not removed before */
  remove(channelId: string, seq: number, removal: Removal): Promise<readonly number[]>
  removeOf(channelId: string, personId: string, removal: Removal): Promise<readonly number[]>
  /** @returns what is to be seen again, oldest first, the newest `limit` of it */
  restore(channelId: string, seq: number): Promise<readonly StoredMessage[]>
  restoreOf(channelId: string, restrictionId: string, limit: number): Promise<readonly StoredMessage[]>
  setMode(channelId: string, mode: Pick<RoomMode, 'mode' | 'slowSeconds' | 'writers'>): Promise<void>
  restrict(channelId: string, restriction: StoredRestriction): Promise<void>
  lift(channelId: string, restrictionId: string): Promise<void>
  /** What an account wrote anywhere, newest first, those before `beforeMs`. */
  ofAccount(accountId: string, limit: number, before: WrittenPosition | undefined): Promise<readonly WrittenMessage[]>
  /** Forgets what an account wrote. @returns what was to be seen of it, by channel */
  removeAccount(accountId: string): Promise<readonly { readonly channelId: string; readonly seqs: readonly number[] }[]>
  /** Forgets messages before `beforeMs` and addresses before `addressesBeforeMs`, at most `limit` of each. @returns how many */
  prune(beforeMs: number, addressesBeforeMs: number, limit: number): Promise<number>
}
