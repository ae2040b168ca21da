import { cursorOf, numberOfCursor } from '../base/cursor.ts'
import { messageOf, UnavailableError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { AuditAction } from '../contract/audit-actions.ts'

/** Written at once at most, and kept at most while the store doesn't answer. */
const BATCH = 200
const MAX_WAITING = 5000
const RETRY_MS = 5000
/** Addresses are about people: nothing is kept longer, and strangers who guess tokens can't push the rest out. */
const KEEP = { ms: 365 * 24 * 3600 * 1000, entries: 200_000, refusals: 20_000 }
const PRUNE_AFTER_ENTRIES = 1000

/** One thing that somebody did. */
export type AuditRecord = {
  readonly atMs: number
  /** A person’s name, or their role: `admin` for who has the admin token, `public` for who was refused. */
  readonly actor: string
  /** The person’s id; null: the actor is none. */
  readonly person: string | null
  /** Where it came from, or `local`: the command line on this machine. */
  readonly address: string
  readonly action: AuditAction
  /** The slug; it stays when the channel goes. */
  readonly channel: string | null
  /** What it was done to, in words that stay true when the thing is gone. Never a secret. */
  readonly subject: string | null
}
export type KeptAuditRecord = AuditRecord & { /** Grows with every entry. */ readonly seq: number }

export type AuditFilter = {
  readonly channel?: string | undefined
  /** A whole action, or its first words: `chat` and `chat.message` find `chat.message.remove`. */
  readonly action?: string | undefined
  /** Whose doing it was: a person’s `id`. */
  readonly person?: string | undefined
}

/** Keeps the log. Every method throws UnavailableError when the store doesn't answer. */
export type AuditStore = {
  append(records: readonly AuditRecord[]): Promise<void>
  /** Newest first, those before `beforeSeq`. */
  list(limit: number, beforeSeq: number | undefined, filter: AuditFilter): Promise<readonly KeptAuditRecord[]>
  /** Forgets what is older than `beforeMs`, and the oldest beyond so many entries, and beyond so many of `session.refuse`. */
  prune(beforeMs: number, entries: number, refusals: number): Promise<void>
  /** What this person did stays, and who they were goes. */
  anonymise(person: string, words: { readonly actor: string; readonly address: string }): Promise<void>
}

export type AuditPage = { readonly items: readonly KeptAuditRecord[]; readonly nextCursor: string | undefined }

/** What `record` needs to be told; the rest it knows. */
export type AuditInput = Omit<AuditRecord, 'atMs' | 'channel' | 'subject' | 'person'> & {
  readonly person?: string | undefined
  readonly channel?: string | undefined
  readonly subject?: string | undefined
}

/** Who did what, kept in the order it was told. */
export class Audit {
  readonly #store: AuditStore
  readonly #log: Log
  #waiting: AuditRecord[] = []
  #writing: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  #lost = 0
  /** The first entry prunes what earlier runs left. */
  #unpruned = PRUNE_AFTER_ENTRIES

  constructor(store: AuditStore, log: Log) {
    this.#store = store
    this.#log = log
  }

  /** Notes an entry: at once in the program's log, soon in the store. Never throws, never waits. */
  record(input: AuditInput): void {
    const record = {
      ...input,
      atMs: Date.now(),
      person: input.person ?? null,
      channel: input.channel ?? null,
      subject: input.subject ?? null,
    }
    const { action, actor, person, address, channel, subject } = record
    this.#log.info({ action, actor, person, address, channel, subject }, 'audit')
    if (this.#waiting.length >= MAX_WAITING) this.#lost++
    else this.#waiting.push(record)
    if (this.#retry === undefined) this.#writing ??= this.#write()
  }

  /**
   * A page of the log, newest first; what was recorded before is in it.
   * @param cursor the `nextCursor` of the page before @throws InvalidFieldError when it is none of ours; UnavailableError
   */
  async list(limit: number, cursor?: string, filter: AuditFilter = {}): Promise<AuditPage> {
    const before = cursor === undefined ? undefined : numberOfCursor('audit', cursor)
    await this.#writing
    const found = await this.#store.list(limit + 1, before, filter)
    const items = found.slice(0, limit)
    const last = items.at(-1)
    const more = found.length > limit && last !== undefined
    return { items, nextCursor: more ? cursorOf('audit', last.seq) : undefined }
  }

  /** All that a person did, in pieces, newest first. @throws UnavailableError */
  async *ofPerson(person: string): AsyncGenerator<readonly unknown[]> {
    let cursor: string | undefined
    do {
      const page = await this.list(BATCH, cursor, { person })
      yield page.items.map(({ atMs, action, address, channel, subject }) => ({
        ...{ at: new Date(atMs).toISOString(), action, address, channel, subject },
      }))
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }

  /** Somebody left: what they did stays in the log, and who they were doesn't. */
  async anonymise(person: string): Promise<void> {
    await this.#writing
    await this.#store.anonymise(person, { actor: 'somebody who left', address: '' })
  }

  /** Writes what still waits, if the store answers. Call it before the store stops. */
  async close(): Promise<void> {
    clearTimeout(this.#retry)
    this.#retry = undefined
    await this.#writing
    clearTimeout(this.#retry)
    if (this.#waiting.length > 0) await this.#write()
    clearTimeout(this.#retry)
  }

  /** Until nothing waits; what the store doesn't take stays for the next attempt. */
  async #write(): Promise<void> {
    // After the turn that recorded: what belongs together is written together.
    await Promise.resolve()
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, BATCH)
        await this.#store.append(batch)
        this.#waiting.splice(0, batch.length)
        await this.#prune(batch.length)
      }
      if (this.#lost > 0) this.#log.error({ lost: this.#lost }, 'audit entries were lost, the store did not keep up')
      this.#lost = 0
    } catch (error) {
      this.#log.error({ error: messageOf(error) }, 'audit entries could not be kept')
      // A bug would come back for ever: its entries are in the program's log.
      if (!(error instanceof UnavailableError)) this.#waiting = []
      this.#retry = setTimeout(() => {
        this.#retry = undefined
        this.#writing ??= this.#write()
      }, RETRY_MS).unref()
    } finally {
      this.#writing = undefined
    }
  }

  async #prune(written: number): Promise<void> {
    this.#unpruned += written
    if (this.#unpruned < PRUNE_AFTER_ENTRIES) return
    await this.#store.prune(Date.now() - KEEP.ms, KEEP.entries, KEEP.refusals)
    this.#unpruned = 0
  }
}
