import { messageOf, NotFoundError, RefusedError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { emailKey } from '../people/email-key.ts'
import type { Mailer } from '../people/mail.ts'
import type { OneTimeLinks } from '../people/one-time-links.ts'
import { type People, personName } from '../people/people.ts'
import type { PersonRecord } from '../people/person-store.ts'
import type { Vault } from '../vault.ts'
import { mustBeGood } from './password-rules.ts'
import type { Passwords } from './passwords.ts'

const HOUR_MS = 3600_000
/** Letters to one address within an hour that strangers can cause. */
const LETTERS_PER_HOUR = 3
const REMEMBERED = 20_000
const USE = 'sign-up'
const NO_MAIL = 'this server sends no mail'

export type CredentialsOptions = {
  readonly people: People
  readonly links: OneTimeLinks
  readonly passwords: Passwords
  readonly mailer: Mailer
  readonly vault: Vault
  /** Where links lead. Never what a request says of itself. */
  readonly publicUrl: () => string | undefined
  readonly log: Log
}

/** What a link to prove an address came to. */
export type Proved = {
  readonly person: PersonRecord
  /** The account was made by it: who opened it is signed in. */
  readonly isNew: boolean
}

/**
 * What is proved by mail: that an address is somebody's, and that who forgot a password is who they say. Strangers may ask for
 * all of it, for any address: they learn nothing by the answer, its time or its headers, and can't fill anybody's mailbox.
 */
export class Credentials {
  readonly #options: CredentialsOptions
  readonly #letters = new Map<string, { count: number; endsAtMs: number }>()
  readonly #underWay = new Set<Promise<void>>()

  constructor(options: CredentialsOptions) {
    this.#options = options
  }

  /** Whether anything can be proved here. */
  get hasMail(): boolean {
    return this.#options.mailer.isSetUp && this.#options.publicUrl() !== undefined
  }

  /**
   * Somebody wants an account: the address is written to, whether or not there is one.
   * @throws InvalidFieldError for name or password; RefusedError LIMIT when too many passwords wait: all before the address matters
   */
  async signUp(input: {
    readonly email: string
    readonly name: string
    readonly password: string
    readonly locale: string | null
  }): Promise<void> {
    const { passwords, vault } = this.#options
    const email = input.email.trim()
    const name = personName(input.name)
    mustBeGood(input.password, { name, email })
    const passwordHash = await passwords.hash(input.password)
    const content = vault.seal(USE, JSON.stringify({ name, passwordHash, locale: input.locale }))
    this.#later(async () => {
      if (!this.#mayWrite(email)) return
      const { people, links, mailer } = this.#options
      const known = await people.byEmail(email)
      if (known !== undefined) {
        if (known.disabledAtMs === null) {
          mailer.send(known, { kind: 'has-account', name: known.name, link: this.#address('/sign-in') })
        }
        return
      }
      const { path } = await links.make({ purpose: 'verify-email', email, content })
      mailer.send({ email, locale: input.locale }, { kind: 'verify-email', name, link: this.#address(path) })
    })
  }

  /** Writes to the person's address once more. @throws RefusedError CONFLICT when it is proved, or there is no mail */
  async sendVerification(person: PersonRecord, email = person.email): Promise<void> {
    const { links, mailer } = this.#options
    if (!this.hasMail) throw new RefusedError('CONFLICT', NO_MAIL)
    if (person.emailVerified && emailKey(email) === emailKey(person.email)) {
      throw new RefusedError('CONFLICT', 'this address is confirmed already')
    }
    if (!this.#mayWrite(email))
      throw new RefusedError('LIMIT', 'several letters were sent to this address, wait an hour')
    const { path } = await links.make({ purpose: 'verify-email', email, personId: person.id })
    mailer.send(
      { email, locale: person.locale },
      { kind: 'verify-email', name: person.name, link: this.#address(path) },
    )
  }

  /** @throws NotFoundError when the link is over; RefusedError CONFLICT when the address is somebody's by now */
  async verify(secret: string): Promise<Proved> {
    const { links, people, mailer, vault } = this.#options
    const { email, personId, content } = await links.use(secret, 'verify-email')
    if (email === null) throw new NotFoundError('this link is for something else')
    if (personId === null) {
      const text = content === null ? undefined : vault.open(USE, content)
      if (text === undefined) throw new NotFoundError('this link is over, sign up again')
      // Written by us alone.
      const { name, passwordHash, locale } = JSON.parse(text) as {
        name: string
        passwordHash: string
        locale: string | null
      }
      const person = await people.create({ email, name, role: 'viewer', passwordHash, locale, emailVerified: true })
      return { person, isNew: true }
    }
    const before = await people.get(personId)
    const person = await people.proveEmail(personId, email)
    if (emailKey(before.email) !== emailKey(email)) {
      mailer.send(before, { kind: 'email-changed', name: before.name, email })
    }
    return { person, isNew: false }
  }

  /**
   * Somebody forgot a password: the address is written to if there is an account. Returns at once, whatever there is.
   * @throws RefusedError CONFLICT when there is no mail, for any address
   */
  forgot(email: string): void {
    if (!this.hasMail) throw new RefusedError('CONFLICT', NO_MAIL)
    this.#later(async () => {
      const { people, links, mailer } = this.#options
      if (!this.#mayWrite(email)) return
      const person = await people.byEmail(email)
      if (person === undefined || person.disabledAtMs !== null) return
      const { path } = await links.make({ purpose: 'reset-password', personId: person.id, email: person.email })
      mailer.send(person, { kind: 'reset-password', name: person.name, link: this.#address(path) })
    })
  }

  /** Signs the person out everywhere. @throws NotFoundError when the link is over; InvalidFieldError for the password */
  async reset(secret: string, password: string): Promise<PersonRecord> {
    const { links, people } = this.#options
    const { personId, email, purpose } = await links.look(secret)
    if (personId === null || purpose !== 'reset-password') throw new NotFoundError('this link is for something else')
    mustBeGood(password, await people.get(personId))
    await links.use(secret, 'reset-password')
    const person = await people.setPassword(personId, password)
    this.tellPasswordChanged(person)
    // The letter arrived there.
    return email === null ? person : people.proveEmail(personId, email)
  }

  tellPasswordChanged(person: PersonRecord): void {
    if (!this.hasMail) return
    this.#options.mailer.send(person, { kind: 'password-changed', name: person.name, link: this.#address('/reset') })
  }

  tellSessionEnded(person: PersonRecord, agent: string): void {
    if (!this.hasMail) return
    this.#options.mailer.send(person, { kind: 'session-ended', name: person.name, agent, link: this.#address('/you') })
  }

  /** What strangers asked for is done, or given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #address(path: string): string {
    return `${this.#options.publicUrl() ?? ''}${path}`
  }

  #mayWrite(email: string): boolean {
    const key = emailKey(email)
    const now = Date.now()
    const known = this.#letters.get(key)
    const count = known !== undefined && known.endsAtMs > now ? known.count + 1 : 1
    if (count > LETTERS_PER_HOUR) return false
    this.#letters.delete(key)
    this.#letters.set(key, { count, endsAtMs: known !== undefined && count > 1 ? known.endsAtMs : now + HOUR_MS })
    if (this.#letters.size > REMEMBERED) {
      const oldest = this.#letters.keys().next()
      if (!oldest.done) this.#letters.delete(oldest.value)
    }
    return true
  }

  /** Behind the answer, so that its time tells nothing. */
  #later(act: () => Promise<void>): void {
    const doing = act()
      .catch((error: unknown) => this.#options.log.error({ error: messageOf(error) }, 'a letter could not be written'))
      .finally(() => this.#underWay.delete(doing))
    this.#underWay.add(doing)
  }
}
