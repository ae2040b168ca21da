import { messageOf, RefusedError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { emailKey } from '../people/email-key.ts'
import type { PersonRecord, PersonStore } from '../people/person-store.ts'
import type { Devices, Grant, Where } from './devices.ts'
import type { Passwords } from './passwords.ts'
import type { SignInAttempts } from './sign-in-attempts.ts'

export type SignInOptions = {
  readonly store: PersonStore
  readonly passwords: Passwords
  readonly devices: Devices
  readonly attempts: SignInAttempts
  readonly log: Log
}

/** Why nobody was signed in, for the audit log; who asks isn't told. */
export type Refusal = {
  /** Whose address was typed; undefined: nobody's. */
  readonly person: PersonRecord | undefined
  /** It is the failure from which on the account is slowed. */
  readonly slowed: boolean
}

export type SignedIn = { readonly grant: Grant } | { readonly refusal: Refusal }

/** E-mail address and password, and whether they are somebody's. */
export class SignIn {
  readonly #options: SignInOptions

  constructor(options: SignInOptions) {
    this.#options = options
  }

  /**
   * Takes as long, and answers the same, whichever of both is wrong, or whether the account may not sign in.
   * @param address for counting attempts @throws RefusedError LIMIT after too many, or when too many sign in at once
   */
  async byPassword(email: string, password: string, where: Where, address: string): Promise<SignedIn> {
    const { store, devices, attempts } = this.#options
    const key = emailKey(email)
    const { slowed } = attempts.begin(address, key)
    let person: PersonRecord | undefined
    let right: boolean
    try {
      person = await store.byEmailKey(key)
      right = await this.#options.passwords.matches(password, person?.passwordHash ?? null)
    } catch (error) {
      attempts.undone(address, key)
      throw error
    }
    if (!right || person === undefined || person.disabledAtMs !== null) return { refusal: { person, slowed } }
    attempts.succeeded(address, key)
    const grant = await devices.begin(person, where)
    if (this.#options.passwords.isOutdated(person.passwordHash ?? '')) void this.#renew(person, password)
    return { grant }
  }

  /** For what is about to change what only the person may: that it is them who sits there. @throws RefusedError */
  async mustKnowPassword(person: PersonRecord, password: string, address: string): Promise<void> {
    const { passwords, attempts } = this.#options
    const key = emailKey(person.email)
    attempts.begin(address, key)
    let right: boolean
    try {
      right = await passwords.matches(password, person.passwordHash)
    } catch (error) {
      attempts.undone(address, key)
      throw error
    }
    if (!right) throw new RefusedError('FORBIDDEN', 'this password is not right')
    attempts.succeeded(address, key)
  }

  /** The cost of hashes was raised since: the password is here now, so it is hashed anew. */
  async #renew(person: PersonRecord, password: string): Promise<void> {
    const { store, passwords, log } = this.#options
    try {
      await store.change(person.id, { passwordHash: await passwords.hash(password) })
    } catch (error) {
      log.warn({ person: person.id, error: messageOf(error) }, 'a password could not be hashed anew')
    }
  }
}
