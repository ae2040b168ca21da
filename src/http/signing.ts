import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import type { Audit } from '../accounts/audit.ts'
import type { PersonRecord } from '../accounts/people/person-store.ts'
import type { Grant } from '../accounts/sign-in/devices.ts'
import type { Sessions } from '../accounts/sign-in/sessions.ts'
import { NotFoundError } from '../base/errors.ts'
import type { Session } from '../contract/people.ts'
import { addressOf } from './address.ts'
import { agentWords } from './agent-words.ts'
import { actorOf } from './audit-routes.ts'
import { REFRESH_COOKIE, SESSION_COOKIE } from './identity.ts'
import { grantView, sessionPerson } from './person-view.ts'
import type { SessionCookies } from './session-cookies.ts'

export type SigningOptions = {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly cookies: SessionCookies
  readonly audit: Audit
}

/** Where somebody signs in, as their list of devices shows it. */
export function whereOf(request: FastifyRequest): { readonly address: string; readonly agent: string } {
  return { address: addressOf(request), agent: agentWords(request.headers['user-agent']) }
}

/** A browser becomes somebody, stays somebody, or is nobody any more. */
export class Signing {
  readonly #accounts: Accounts
  readonly #sessions: Sessions
  readonly #cookies: SessionCookies
  readonly #audit: Audit

  constructor({ accounts, sessions, cookies, audit }: SigningOptions) {
    this.#accounts = accounts
    this.#sessions = sessions
    this.#cookies = cookies
    this.#audit = audit
  }

  /** Signs a person in who has shown that it is them. */
  async begin(request: FastifyRequest, reply: FastifyReply, person: PersonRecord): Promise<Session> {
    return this.begun(request, reply, await this.#accounts.devices.begin(person, whereOf(request)))
  }

  /** The same, where they are signed in already. */
  async begun(request: FastifyRequest, reply: FastifyReply, grant: Grant): Promise<Session> {
    const { person } = grant
    await this.endEarlier(request)
    if (request.cookies[SESSION_COOKIE] !== undefined) this.#cookies.clearSession(request, reply)
    this.#cookies.setGrant(request, reply, grant)
    this.#audit.record({ ...actorOf(request), actor: person.name, person: person.id, action: 'session.begin' })
    return grantView(grant)
  }

  /** Whatever this browser was signed in with: what follows is nobody's continuation (session fixation). */
  async endEarlier(request: FastifyRequest): Promise<void> {
    const id = request.cookies[SESSION_COOKIE]
    if (id !== undefined) this.#sessions.end(id)
    const refresh = request.cookies[REFRESH_COOKIE]
    if (refresh !== undefined) await this.#accounts.devices.endByRefresh(refresh)
  }

  /** Who asks. */
  async now(request: FastifyRequest): Promise<Session> {
    const { role, person, expiresAtMs, via } = request.identity
    const renewable = via === 'nothing' && this.#accounts.devices.isOurs(request.cookies[REFRESH_COOKIE])
    if (person === undefined) return { role, person: null, expiresAt: null, renewable }
    try {
      const record = await this.#accounts.people.get(person.id)
      const expiresAt = expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString()
      return { role, person: sessionPerson(record), expiresAt, renewable: false }
    } catch (error) {
      if (error instanceof NotFoundError) return { role: 'public', person: null, expiresAt: null, renewable: false }
      throw error
    }
  }
}
