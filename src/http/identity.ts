import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { type AdminAccess, sameToken } from '../accounts/admin-access.ts'
import type { Role } from '../accounts/roles.ts'
import type { Sessions } from '../accounts/sessions.ts'

export const SESSION_COOKIE = 'streamhost_session'

/** Who asks, and how we know: only what a browser sends by itself (the cookie) can be forged across sites. */
export type Identity = { readonly role: Role; readonly via: 'nothing' | 'local' | 'bearer' | 'cookie' }

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity
  }
}

export class Identities {
  readonly #admin: AdminAccess
  readonly #sessions: Sessions
  readonly #localSockets = new WeakSet<Duplex>()
  /** For requests that never touch a socket: known to this process alone. */
  readonly localToken = randomBytes(32).toString('base64url')

  constructor(admin: AdminAccess, sessions: Sessions) {
    this.#admin = admin
    this.#sessions = sessions
  }

  /** Whoever reached this socket may administrate: it came through `run.sock`, which the file system guards. */
  trust(socket: Duplex): void {
    this.#localSockets.add(socket)
  }

  of(request: FastifyRequest): Identity {
    if (this.#localSockets.has(request.raw.socket)) return { role: 'admin', via: 'local' }
    const token = bearerOf(request)
    if (token !== undefined) {
      if (sameToken(token, this.localToken)) return { role: 'admin', via: 'local' }
      return this.#admin.matches(token) ? { role: 'admin', via: 'bearer' } : { role: 'public', via: 'nothing' }
    }
    const session = request.cookies[SESSION_COOKIE]
    const role = session === undefined ? undefined : this.#sessions.roleOf(session)
    return role === undefined ? { role: 'public', via: 'nothing' } : { role, via: 'cookie' }
  }
}

/** RFC 6750 section 2.1. */
export function bearerOf(request: FastifyRequest): string | undefined {
  return /^bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1]
}
