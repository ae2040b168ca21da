import { cursorOf, positionOf } from '../../base/cursor.ts'
import { NotFoundError, RefusedError } from '../../base/errors.ts'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import { mixesScripts } from '../../base/look-alikes.ts'
import { plainText } from '../../base/plain-text.ts'
import type { PersonRole } from '../../contract/people.ts'
import { PERSON_NAME_LENGTH } from '../../contract/people-limits.ts'
import { newId } from '../new-id.ts'
import type { Devices } from '../sign-in/devices.ts'
import { mustBeGood } from '../sign-in/password-rules.ts'
import type { Passwords } from '../sign-in/passwords.ts'
import { emailKey } from './email-key.ts'
import type { PersonChanges, PersonFilter, PersonPosition, PersonRecord, PersonStore } from './person-store.ts'

/** Of one server; sign-up may be open, so there must be an end. */
const MAX_PEOPLE = 1_000_000

export type NewPersonInput = {
  readonly email: string
  readonly name: string
  readonly role: PersonRole
  /** Left out: they can't sign in by password. */
  readonly password?: string | undefined
  /** Of a password that was looked at before. */
  readonly passwordHash?: string | undefined
  readonly locale?: string | null
  /** That mail arrives there is known. */
  readonly emailVerified?: boolean
  /** SHA-256 of the one-time link that allows it, which is used up. */
  readonly linkHash?: string
}

export type PersonChangeInput = { readonly role?: PersonRole | undefined; readonly disabled?: boolean | undefined }

export type ChangedPerson = { readonly before: PersonRecord; readonly person: PersonRecord }

export type PersonPage = { readonly items: readonly PersonRecord[]; readonly nextCursor: string | undefined }

export type PeopleOptions = {
  readonly store: PersonStore
  readonly passwords: Passwords
  readonly devices: Devices
}

/** The rules of people: who there is, what they are called, what they may do. */
export class People {
  readonly #store: PersonStore
  readonly #passwords: Passwords
  readonly #devices: Devices

  constructor({ store, passwords, devices }: PeopleOptions) {
    this.#store = store
    this.#passwords = passwords
    this.#devices = devices
  }

  /**
   * @throws InvalidFieldError for a name or password against the rules; RefusedError CONFLICT when there is an account for the
   * address, FORBIDDEN when the link was used meanwhile, LIMIT when too many passwords wait
   */
  async create(input: NewPersonInput): Promise<PersonRecord> {
    const name = personName(input.name)
    const email = input.email.trim()
    if (input.password !== undefined) mustBeGood(input.password, { name, email })
    if ((await this.#store.count()) >= MAX_PEOPLE) {
      throw new RefusedError('LIMIT', `this server has its ${MAX_PEOPLE} people already`)
    }
    const passwordHash =
      input.password === undefined ? (input.passwordHash ?? null) : await this.#passwords.hash(input.password)
    const nowMs = Date.now()
    const person: PersonRecord = {
      ...{ id: newId('p'), name, email, role: input.role, passwordHash, emailVerified: input.emailVerified ?? false },
      ...{ locale: input.locale ?? null, createdAtMs: nowMs, lastSeenAtMs: null, disabledAtMs: null, tokensSinceMs: 0 },
    }
    const outcome = await this.#store.create(person, emailKey(email), input.linkHash ?? null)
    if (outcome === 'email-taken') throw emailTaken()
    if (outcome === 'link-used') throw new RefusedError('FORBIDDEN', 'this link was used already, or is over')
    return person
  }

  /** @throws NotFoundError */
  async get(id: string): Promise<PersonRecord> {
    const person = await this.#store.byId(id)
    if (person === undefined) throw nobody()
    return person
  }

  async byEmail(email: string): Promise<PersonRecord | undefined> {
    return this.#store.byEmailKey(emailKey(email))
  }

  count(): Promise<number> {
    return this.#store.count()
  }

  /** Newest first. @param cursor the `nextCursor` of the page before @throws InvalidFieldError when it is none of ours */
  async list(limit: number, cursor: string | undefined, filter: PersonFilter): Promise<PersonPage> {
    const after = cursor === undefined ? undefined : positionOfPerson(cursor)
    const found = await this.#store.list(limit + 1, after, filter)
    const items = found.slice(0, limit)
    const last = items.at(-1)
    const more = found.length > limit && last !== undefined
    return { items, nextCursor: more ? cursorOf('people', `${last.createdAtMs}:${last.id}`) : undefined }
  }

  /**
   * What they may do. In force at once: access tokens from before don't count, and who is disabled is signed out everywhere.
   * @throws NotFoundError; RefusedError CONFLICT for the last admin
   */
  async change(id: string, { role, disabled }: PersonChangeInput): Promise<ChangedPerson> {
    const before = await this.get(id)
    const nowMs = Date.now()
    const changes: PersonChanges = {
      ...(role === undefined || role === before.role ? {} : { role }),
      ...(disabled === undefined || disabled === (before.disabledAtMs !== null)
        ? {}
        : { disabledAtMs: disabled ? nowMs : null }),
    }
    if (Object.keys(changes).length === 0) return { before, person: before }
    const person = await this.#change(id, { ...changes, tokensSinceMs: nowMs })
    this.#devices.tokensChanged(person)
    if (person.disabledAtMs !== null) await this.#devices.endAll(person.id)
    return { before, person }
  }

  /** @throws NotFoundError; InvalidFieldError */
  async changeProfile(
    id: string,
    { name, locale }: { readonly name?: string | undefined; readonly locale?: string | null | undefined },
  ): Promise<ChangedPerson> {
    const before = await this.get(id)
    const called = name === undefined ? before.name : personName(name)
    // Access tokens say the name.
    const renamed = called === before.name ? {} : { name: called, tokensSinceMs: Date.now() }
    const person = await this.#change(id, { ...renamed, ...(locale === undefined ? {} : { locale }) })
    if (called !== before.name) this.#devices.tokensChanged(person)
    return { before, person }
  }

  /** The address is theirs: a letter to it was read. @throws NotFoundError; RefusedError CONFLICT when it is another's by now */
  proveEmail(id: string, email: string): Promise<PersonRecord> {
    return this.#change(id, { email: email.trim(), emailVerified: true }, emailKey(email))
  }

  /** Where no letter can prove it. @throws as `proveEmail` */
  changeEmail(id: string, email: string): Promise<PersonRecord> {
    return this.#change(id, { email: email.trim(), emailVerified: false }, emailKey(email))
  }

  /**
   * Whoever was signed in by the old one is no longer.
   * @param except the device that stays signed in @throws as `create`; NotFoundError
   */
  async setPassword(id: string, password: string, except?: string): Promise<PersonRecord> {
    const before = await this.get(id)
    mustBeGood(password, before)
    const passwordHash = await this.#passwords.hash(password)
    const person = await this.#change(id, { passwordHash, tokensSinceMs: Date.now() })
    this.#devices.tokensChanged(person)
    await this.#devices.endAll(person.id, except)
    return person
  }

  async #change(id: string, changes: PersonChanges, key?: string): Promise<PersonRecord> {
    const outcome = await this.#store.change(id, changes, key)
    if (outcome === undefined) throw nobody()
    if (outcome === 'email-taken') throw emailTaken()
    if (outcome === 'last-admin') throw lastAdmin()
    return outcome
  }
}

/** As everybody may see it. @throws InvalidFieldError */
export function personName(typed: string): string {
  const name = plainText(typed, 'NFKC')
  if (!/[\p{L}\p{N}]/u.test(name)) throw new InvalidFieldError('name', 'a name has at least one letter')
  if (mixesScripts(name)) {
    throw new InvalidFieldError('name', 'a name is of one script: letters of others can pass for its own')
  }
  if (name.length > PERSON_NAME_LENGTH) {
    throw new InvalidFieldError('name', `a name has at most ${PERSON_NAME_LENGTH} characters`)
  }
  return name
}

export function lastAdmin(): RefusedError {
  return new RefusedError('CONFLICT', 'somebody must be admin: make another one first')
}

function emailTaken(): RefusedError {
  return new RefusedError('CONFLICT', 'there is an account for this e-mail address already')
}

function nobody(): NotFoundError {
  return new NotFoundError('there is nobody of this id')
}

function positionOfPerson(cursor: string): PersonPosition {
  const [, createdAtMs, id] = /^(\d{1,15}):(.+)$/.exec(positionOf('people', cursor)) ?? []
  if (createdAtMs === undefined || id === undefined) throw new InvalidFieldError('cursor', 'not a cursor of this list')
  return { createdAtMs: Number(createdAtMs), id }
}
