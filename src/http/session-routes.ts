import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Accounts } from '../accounts/accounts.ts'
import type { Audit } from '../accounts/audit.ts'
import type { AdminAccess } from '../accounts/sign-in/admin-access.ts'
import type { Sessions } from '../accounts/sign-in/sessions.ts'
import { RefusedError } from '../base/errors.ts'
import { operations } from '../contract/operations.ts'
import type { Session } from '../contract/people.ts'
import { addressOf } from './address.ts'
import { actorOf } from './audit-routes.ts'
import { REFRESH_COOKIE } from './identity.ts'
import type { Origins } from './origin.ts'
import { grantView } from './person-view.ts'
import type { SessionCookies } from './session-cookies.ts'
import { type Signing, whereOf } from './signing.ts'

export type SessionRoutesOptions = {
  readonly accounts: Accounts
  readonly admin: AdminAccess
  readonly sessions: Sessions
  readonly origins: Origins
  readonly signing: Signing
  readonly cookies: SessionCookies
  readonly audit: Audit
}

/** Signing in and out: as a person, or with the admin token, of which the browser keeps a session's id only. */
export const sessionRoutes: FastifyPluginAsyncZod<SessionRoutesOptions> = async (app, options) => {
  const { accounts, admin, sessions, origins, signing, cookies, audit } = options

  const byToken = async (request: FastifyRequest, reply: FastifyReply, token: string): Promise<Session> => {
    const address = addressOf(request)
    accounts.attempts.begin(address, undefined)
    if (!admin.matches(token)) {
      audit.record({ ...actorOf(request), action: 'session.refuse' })
      throw new RefusedError('UNAUTHORIZED', 'this token is not right')
    }
    accounts.attempts.succeeded(address, undefined)
    audit.record({ ...actorOf(request), actor: 'admin', person: undefined, action: 'session.begin' })
    await signing.endEarlier(request)
    cookies.clearGrant(request, reply)
    cookies.setSession(request, reply, sessions.create('admin'), sessions.lifeMs)
    return { role: 'admin', person: null, expiresAt: null, renewable: false }
  }

  const byPassword = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { email, password }: { readonly email: string; readonly password: string },
  ): Promise<Session> => {
    const signedIn = await accounts.signIn.byPassword(email, password, whereOf(request), addressOf(request))
    if ('refusal' in signedIn) {
      const { person, slowed } = signedIn.refusal
      // What was typed isn't kept: it may be a password in the wrong field.
      const subject = person === undefined ? 'no such account' : `${person.name} (${person.id})`
      audit.record({ ...actorOf(request), action: 'session.refuse', subject })
      if (slowed) audit.record({ ...actorOf(request), action: 'session.slow', subject })
      throw new RefusedError('UNAUTHORIZED', 'e-mail address or password are not right')
    }
    return signing.begun(request, reply, signedIn.grant)
  }

  app.get(
    '/api/v1/session',
    { config: { access: 'public' }, schema: operations['GET /api/v1/session'] },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return signing.now(request)
    },
  )

  app.post(
    '/api/v1/session',
    { config: { access: 'public' }, schema: operations['POST /api/v1/session'] },
    async (request, reply) => {
      // Else another site could sign a browser in as somebody else.
      if (!origins.permits(request)) throw new RefusedError('FORBIDDEN', 'sign in on a page of this server')
      reply.header('cache-control', 'no-store')
      const { body } = request
      return 'token' in body ? byToken(request, reply, body.token) : byPassword(request, reply, body)
    },
  )

  app.post(
    '/api/v1/session/refresh',
    { config: { access: 'public' }, schema: operations['POST /api/v1/session/refresh'] },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      if (!origins.permitsByCookie(request)) throw new RefusedError('FORBIDDEN', 'this is for pages of this server')
      const token = request.cookies[REFRESH_COOKIE]
      const refreshed =
        token === undefined ? ({ outcome: 'ended' } as const) : await accounts.devices.refresh(token, whereOf(request))
      if (refreshed.outcome === 'good') {
        cookies.setGrant(request, reply, refreshed.grant)
        return grantView(refreshed.grant)
      }
      if (refreshed.outcome === 'reused') {
        const { person, device } = refreshed
        const subject = `${person.name} (${person.id}), signed in ${device.agent || 'with an unknown program'} from ${device.address}`
        audit.record({ ...actorOf(request), action: 'session.reuse', subject })
        accounts.credentials.tellSessionEnded(person, device.agent)
      }
      cookies.clearGrant(request, reply)
      throw new RefusedError('UNAUTHORIZED', 'this session has ended, sign in again')
    },
  )

  app.delete(
    '/api/v1/session',
    { config: { access: 'public' }, schema: operations['DELETE /api/v1/session'] },
    async (request, reply) => {
      // An access token that is over makes nobody of who asks: the refresh token is still a cookie.
      if (request.cookies[REFRESH_COOKIE] !== undefined && !origins.permits(request)) {
        throw new RefusedError('FORBIDDEN', 'sign out on a page of this server')
      }
      if (request.identity.via === 'cookie') audit.record({ ...actorOf(request), action: 'session.end' })
      await signing.endEarlier(request)
      cookies.clearGrant(request, reply)
      cookies.clearSession(request, reply)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/api/v1/session/access-token',
    { config: { access: 'signed-in' }, schema: operations['POST /api/v1/session/access-token'] },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const { person, device } = request.identity
      if (person === undefined || device === undefined) throw new RefusedError('FORBIDDEN', 'sign in with a browser')
      const record = await accounts.people.get(person.id)
      const { token, expiresAtMs } = await accounts.devices.access(record, device)
      return { accessToken: token, expiresAt: new Date(expiresAtMs).toISOString() }
    },
  )

  app.post(
    '/api/v1/admin-token',
    { config: { access: 'admin' }, schema: operations['POST /api/v1/admin-token'] },
    async (request, reply) => {
      const token = await admin.rotate()
      sessions.endAll()
      audit.record({ ...actorOf(request), action: 'admin-token.rotate', subject: 'all sessions of the old one ended' })
      return reply.code(201).header('cache-control', 'no-store').send({ token })
    },
  )

  // W3C, A Well-Known URL for Changing Passwords: where password managers send people. The page asks who isn't signed in to do so.
  app.get('/.well-known/change-password', { config: { access: 'public', page: true } }, (_, reply) =>
    reply.header('cache-control', 'no-store').redirect('/you', 302),
  )

  // RFC 7517; for who checks access tokens on their own.
  app.get('/.well-known/jwks.json', { config: { access: 'public' } }, async (_, reply) => {
    const published = await accounts.keys.published()
    reply.header('cache-control', 'public, max-age=300').type('application/jwk-set+json')
    return reply.serializer(JSON.stringify).send(published)
  })
}
