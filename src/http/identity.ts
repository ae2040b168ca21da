import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import type { Role } from '../accounts/roles.ts'
import type { AccessTokens } from '../accounts/sign-in/access-tokens.ts'
import { type AdminAccess, sameToken } from '../accounts/sign-in/admin-access.ts'
import type { ApiTokens } from '../accounts/sign-in/api-tokens.ts'
import type { Sessions } from '../accounts/sign-in/sessions.ts'
import type { Scope } from '../contract/people.ts'

/** Of who signed in by the admin token. */
export const SESSION_COOKIE = 'streamhost_session'
/** Of who signed in as a person: the access token, and what renews it. */
export const ACCESS_COOKIE = 'streamhost_access'
export const REFRESH_COOKIE = 'streamhost_refresh'

/** Who asks, and how we know: only what a browser sends by itself (the cookie) can be forged across sites. */
export type Identity = {
  readonly role: Role
  readonly via: 'nothing' | 'local' | 'bearer' | 'cookie'
  /** Undefined: nobody, or who has the admin token, which is no person. */
  readonly person?: { readonly id: string; readonly name: string }
  /** Where the person is signed in. */
  readonly device?: string
  /** The API token that was shown, by its id. */
  readonly token?: string
  /** What an API token is for; undefined: whatever the person may. */
  readonly scopes?: readonly Scope[]
  /** When the proof of it is over. */
  readonly expiresAtMs?: number
  /** What was shown is over: a refresh may give another. */
  readonly expired?: boolean
}

const NOBODY: Identity = { role: 'public', via: 'nothing' }
const EXPIRED: Identity = { role: 'public', via: 'nothing', expired: true }

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity
  }
}

export class Identities {
  readonly #admin: AdminAccess
  readonly #sessions: Sessions
  readonly #access: AccessTokens
  readonly #tokens: ApiTokens
  readonly #localSockets = new WeakSet<Duplex>()
  /** For requests that never touch a socket: known to this process alone. */
  readonly localToken = randomBytes(32).toString('base64url')

  constructor(admin: AdminAccess, sessions: Sessions, { access, tokens }: Pick<Accounts, 'access' | 'tokens'>) {
    this.#admin = admin
    this.#sessions = sessions
    this.#access = access
    this.#tokens = tokens
  }

  /** Whoever reached this socket may administrate: it came through `run.sock`, which the file system guards. */
  trust(socket: Duplex): void {
    this.#localSockets.add(socket)
  }

  /** @throws UnavailableError when it takes the store to tell, and the store doesn't answer */
  async of(request: FastifyRequest): Promise<Identity> {
    if (this.#localSockets.has(request.raw.socket)) return { role: 'admin', via: 'local' }
    const bearer = bearerOf(request)
    if (bearer !== undefined) return this.#byBearer(bearer)
    const session = request.cookies[SESSION_COOKIE]
    const role = session === undefined ? undefined : this.#sessions.roleOf(session)
    if (role !== undefined) return { role, via: 'cookie' }
    const token = request.cookies[ACCESS_COOKIE]
    return token === undefined ? NOBODY : this.#byToken(token, 'cookie')
  }

  async #byBearer(token: string): Promise<Identity> {
    if (sameToken(token, this.localToken)) return { role: 'admin', via: 'local' }
    if (this.#admin.matches(token)) return { role: 'admin', via: 'bearer' }
    if (token.startsWith('st_')) return this.#byApiToken(token)
    // A JWT has two dots (RFC 7515 section 7.1), and no other token of ours has any.
    return token.split('.').length === 3 ? this.#byToken(token, 'bearer') : NOBODY
  }

  async #byApiToken(token: string): Promise<Identity> {
    const grant = await this.#tokens.open(token)
    if (grant === undefined) return NOBODY
    const { tokenId, person, scopes } = grant
    const { id, name, role } = person
    return { role, via: 'bearer', person: { id, name }, token: tokenId, scopes }
  }

  async #byToken(token: string, via: 'bearer' | 'cookie'): Promise<Identity> {
    const verified = await this.#access.verify(token)
    if (verified.is !== 'good') return verified.is === 'over' ? EXPIRED : NOBODY
    const { personId: id, name, role, deviceId: device, expiresAtMs } = verified.claims
    return { role, via, person: { id, name }, device, expiresAtMs }
  }
}

/** RFC 6750 section 2.1. */
export function bearerOf(request: FastifyRequest): string | undefined {
  return /^bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1]
}
