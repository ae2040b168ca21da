import { createHash } from 'node:crypto'
import { RefusedError } from '../../base/errors.ts'

/** Of one address, within a minute; a household's typos are fewer. */
const PER_ADDRESS = 10
const WINDOW_MS = 60_000
/** Failures of an account before its next attempts must wait: a second, then twice as long each time. */
const FREE_FAILURES = 5
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 15 * 60_000
/** Without another failure an account's are forgotten so long after its wait is over. */
const FORGET_MS = 60 * 60_000
const REMEMBERED = 20_000

type Failures = { count: number; waitUntilMs: number }

/** What came of a failure. */
export type Failed = { /** It is the one from which on the account is slowed. */ readonly slowed: boolean }

/**
 * Slows down who guesses: an address after a few failures in a minute, an account after a few failures from wherever. An
 * account is counted apart for addresses where its person signed in before, so that who guesses elsewhere doesn't keep them out.
 * Accounts that don't exist are slowed alike. In memory and bounded: attempts before a restart are forgotten by it.
 */
export class SignInAttempts {
  readonly #now: () => number
  readonly #addresses = new Map<string, { count: number; endsAtMs: number }>()
  readonly #accounts = new Map<string, Failures>()
  /** Addresses where an account's person was. */
  readonly #homes = new Map<string, true>()
  /** Attempts that were let through, those of them that were right, and those that were not let through. */
  begun = 0
  right = 0
  slowed = 0

  constructor(nowMs: () => number = Date.now) {
    this.#now = nowMs
  }

  /**
   * Before an attempt, which counts as failed until `succeeded` says otherwise: a thousand at once are a thousand.
   * @param account by which it is found; undefined: the admin token @throws RefusedError LIMIT
   */
  begin(address: string, account: string | undefined): Failed {
    const now = this.#now()
    const here = this.#addresses.get(address)
    if (here !== undefined && here.endsAtMs > now && here.count >= PER_ADDRESS) {
      throw this.#slower('too many attempts from this address, wait a minute', here.endsAtMs - now)
    }
    const key = account === undefined ? undefined : this.#keyOf(address, account)
    const failures = key === undefined ? undefined : this.#failures(key, now)
    if (failures !== undefined && failures.waitUntilMs > now) {
      throw this.#slower('too many attempts for this account, wait a moment', failures.waitUntilMs - now)
    }
    this.begun++
    put(this.#addresses, address, {
      count: here !== undefined && here.endsAtMs > now ? here.count + 1 : 1,
      endsAtMs: here !== undefined && here.endsAtMs > now ? here.endsAtMs : now + WINDOW_MS,
    })
    if (key === undefined) return { slowed: false }
    const count = (failures?.count ?? 0) + 1
    const waitMs = count < FREE_FAILURES ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - FREE_FAILURES))
    put(this.#accounts, key, { count, waitUntilMs: now + waitMs })
    return { slowed: count === FREE_FAILURES }
  }

  /** The attempt that began was right: it is no failure, and those before are forgiven. */
  succeeded(address: string, account: string | undefined): void {
    this.right++
    const here = this.#addresses.get(address)
    if (here !== undefined) here.count = Math.max(0, here.count - 1)
    if (account === undefined) return
    // As it was counted till now, and as it is from now on.
    this.#accounts.delete(this.#keyOf(address, account))
    put(this.#homes, homeOf(address, account), true)
    this.#accounts.delete(this.#keyOf(address, account))
  }

  /** The attempt came to nothing: the server was too busy to try it. */
  undone(address: string, account: string | undefined): void {
    const here = this.#addresses.get(address)
    if (here !== undefined) here.count = Math.max(0, here.count - 1)
    const failures = account === undefined ? undefined : this.#accounts.get(this.#keyOf(address, account))
    if (failures === undefined) return
    failures.count = Math.max(0, failures.count - 1)
    failures.waitUntilMs = Math.min(failures.waitUntilMs, this.#now())
  }

  #slower(words: string, waitMs: number): RefusedError {
    this.slowed++
    return new RefusedError('LIMIT', words, { retryAfterSeconds: Math.ceil(waitMs / 1000) })
  }

  #keyOf(address: string, account: string): string {
    const home = homeOf(address, account)
    return this.#homes.has(home) ? home : digestOf(account)
  }

  #failures(key: string, now: number): Failures | undefined {
    const failures = this.#accounts.get(key)
    return failures !== undefined && now - failures.waitUntilMs < FORGET_MS ? failures : undefined
  }
}

function homeOf(address: string, account: string): string {
  return digestOf(`${address}\0${account}`)
}

/** What strangers typed is of no length and may be anything, also a password in the wrong field. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= REMEMBERED) return
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}
