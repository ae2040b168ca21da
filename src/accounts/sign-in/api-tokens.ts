import { randomBytes } from 'node:crypto'
import { messageOf, NotFoundError, RefusedError } from '../../base/errors.ts'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import type { Log } from '../../base/log.ts'
import { plainText } from '../../base/plain-text.ts'
import type { Scope } from '../../contract/people.ts'
import { newId } from '../new-id.ts'
import type { PersonRecord } from '../people/person-store.ts'
import { tokenHash } from './admin-access.ts'

const PREFIX = 'st_'
const FORM = /^st_[\w-]{43}$/
const MOST_TOKENS = 50
const MAX_LABEL = 60
/** What a token opens is remembered so long, so that a program that asks all the time doesn't ask the store all the time. */
const REMEMBERED_MS = 60_000
const REMEMBERED = 2000
/** Tokens that open nothing are remembered too: who tries them costs no question each. */
const WRONG_MS = 10_000

/** What is kept of a token: never itself. */
export type ApiTokenRecord = {
  readonly id: string
  readonly personId: string
  /** SHA-256, in hex. */
  readonly hash: string
  readonly label: string
  readonly scopes: readonly Scope[]
  readonly createdAtMs: number
  /** Null: never. */
  readonly expiresAtMs: number | null
  readonly lastUsedAtMs: number | null
}

/** Keeps API tokens. Every method throws UnavailableError when the store doesn't answer. */
export type ApiTokenStore = {
  /** @returns false when the person has so many already */
  create(token: ApiTokenRecord, most: number): Promise<boolean>
  /** Newest first. */
  list(personId: string): Promise<readonly ApiTokenRecord[]>
  /** With the person whose it is, who may sign in. */
  find(
    hash: string,
    nowMs: number,
  ): Promise<{ readonly token: ApiTokenRecord; readonly person: PersonRecord } | undefined>
  used(id: string, atMs: number): Promise<void>
  /** @returns undefined: the person has no such token */
  remove(personId: string, id: string): Promise<ApiTokenRecord | undefined>
}

/** Who a token lets in, and how far. */
export type TokenGrant = {
  readonly tokenId: string
  readonly person: Pick<PersonRecord, 'id' | 'name' | 'role'>
  readonly scopes: readonly Scope[]
}

type Known = { readonly grant: TokenGrant | undefined; readonly expiresAtMs: number | null; readonly untilMs: number }

/** Tokens that people make for their programs: each with a label, with a few scopes, and an end. */
export class ApiTokens {
  readonly #store: ApiTokenStore
  readonly #log: Log
  readonly #known = new Map<string, Known>()

  constructor(store: ApiTokenStore, log: Log) {
    this.#store = store
    this.#log = log
  }

  /** @returns the token, the one time it is told @throws InvalidFieldError; RefusedError LIMIT */
  async make(
    personId: string,
    input: { readonly label: string; readonly scopes: readonly Scope[]; readonly days: number | null },
  ): Promise<{ readonly token: string; readonly record: ApiTokenRecord }> {
    const label = plainText(input.label)
    if (label === '' || label.length > MAX_LABEL) {
      throw new InvalidFieldError('label', `a label has 1 to ${MAX_LABEL} characters`)
    }
    const token = PREFIX + randomBytes(32).toString('base64url')
    const createdAtMs = Date.now()
    const record: ApiTokenRecord = {
      ...{ id: newId('t'), personId, hash: tokenHash(token), label, scopes: [...new Set(input.scopes)], createdAtMs },
      expiresAtMs: input.days === null ? null : createdAtMs + input.days * 24 * 3600_000,
      lastUsedAtMs: null,
    }
    if (!(await this.#store.create(record, MOST_TOKENS))) {
      throw new RefusedError('LIMIT', `you have ${MOST_TOKENS} tokens already: remove some`)
    }
    return { token, record }
  }

  /** Newest first. */
  list(personId: string): Promise<readonly ApiTokenRecord[]> {
    return this.#store.list(personId)
  }

  /** It opens nothing from now on. @throws NotFoundError */
  async remove(personId: string, id: string): Promise<ApiTokenRecord> {
    const removed = await this.#store.remove(personId, id)
    if (removed === undefined) throw new NotFoundError('there is no such token')
    this.#known.delete(removed.hash)
    return removed
  }

  /** What somebody is or may do has changed: their tokens are asked for anew. */
  forget(personId: string): void {
    for (const [hash, { grant }] of this.#known) if (grant?.person.id === personId) this.#known.delete(hash)
  }

  /** @returns undefined for what is no token, or opens nothing any more @throws UnavailableError */
  async open(token: string): Promise<TokenGrant | undefined> {
    if (!FORM.test(token)) return undefined
    const hash = tokenHash(token)
    const nowMs = Date.now()
    const known = this.#known.get(hash)
    if (known !== undefined && known.untilMs > nowMs) {
      return known.expiresAtMs !== null && known.expiresAtMs <= nowMs ? undefined : known.grant
    }
    const found = await this.#store.find(hash, nowMs)
    const grant = found && { tokenId: found.token.id, person: found.person, scopes: found.token.scopes }
    this.#remember(hash, {
      grant,
      expiresAtMs: found?.token.expiresAtMs ?? null,
      untilMs: nowMs + (found === undefined ? WRONG_MS : REMEMBERED_MS),
    })
    if (found !== undefined) {
      this.#store.used(found.token.id, nowMs).catch((error: unknown) => {
        this.#log.warn({ error: messageOf(error) }, 'the use of an API token could not be noted')
      })
    }
    return grant
  }

  #remember(hash: string, known: Known): void {
    this.#known.delete(hash)
    this.#known.set(hash, known)
    if (this.#known.size <= REMEMBERED) return
    const oldest = this.#known.keys().next()
    if (!oldest.done) this.#known.delete(oldest.value)
  }
}
