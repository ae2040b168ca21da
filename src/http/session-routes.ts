import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { AdminAccess } from '../accounts/admin-access.ts'
import type { Audit } from '../accounts/audit.ts'
import type { Sessions } from '../accounts/sessions.ts'
import { RefusedError } from '../base/errors.ts'
import { operations } from '../contract/operations.ts'
import { actorOf } from './audit-routes.ts'
import { SESSION_COOKIE } from './identity.ts'
import type { Origins } from './origin.ts'

export type SessionRoutesOptions = {
  readonly admin: AdminAccess
  readonly sessions: Sessions
  readonly origins: Origins
  /** Whether the browser sees HTTPS. A plain address beside it must still be able to sign in. */
  readonly isSecure: (request: FastifyRequest) => boolean
  readonly audit: Audit
}

/** Signing in with the admin token until there are accounts: the browser keeps a session's id, never the token. */
export const sessionRoutes: FastifyPluginAsyncZod<SessionRoutesOptions> = async (app, options) => {
  const { admin, sessions, origins, audit } = options
  const cookie = (request: FastifyRequest): CookieSerializeOptions => ({
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: options.isSecure(request),
  })
  const endSession = (request: FastifyRequest): void => {
    const id = request.cookies[SESSION_COOKIE]
    if (id !== undefined) sessions.end(id)
  }

  app.get(
    '/api/v1/session',
    { config: { access: 'public' }, schema: operations['GET /api/v1/session'] },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return { role: request.identity.role }
    },
  )

  app.post(
    '/api/v1/session',
    {
      // 256 random bits can't be guessed; the limit spares log and CPU, and is there when passwords come.
      config: { access: 'public', rateLimit: { max: 10, timeWindow: 60_000 } },
      schema: operations['POST /api/v1/session'],
    },
    async (request, reply) => {
      // Else another site could sign a browser in as somebody else.
      if (!origins.permits(request)) throw new RefusedError('FORBIDDEN', 'sign in on a page of this server')
      if (!admin.matches(request.body.token)) {
        audit.record({ ...actorOf(request), action: 'session.refuse' })
        throw new RefusedError('UNAUTHORIZED', 'this token is not right')
      }
      audit.record({ ...actorOf(request), actor: 'admin', action: 'session.begin' })
      endSession(request)
      const id = sessions.create('admin')
      reply.setCookie(SESSION_COOKIE, id, { ...cookie(request), maxAge: Math.floor(sessions.lifeMs / 1000) })
      reply.header('cache-control', 'no-store')
      return { role: 'admin' as const }
    },
  )

  app.delete(
    '/api/v1/session',
    { config: { access: 'public' }, schema: operations['DELETE /api/v1/session'] },
    async (request, reply) => {
      if (request.identity.via === 'cookie') audit.record({ ...actorOf(request), action: 'session.end' })
      endSession(request)
      return reply.clearCookie(SESSION_COOKIE, cookie(request)).code(204).send(null)
    },
  )

  app.post(
    '/api/v1/admin-token',
    { config: { access: 'admin' }, schema: operations['POST /api/v1/admin-token'] },
    async (request, reply) => {
      const token = await admin.rotate()
      sessions.endAll()
      audit.record({ ...actorOf(request), action: 'admin-token.rotate', subject: 'all sessions ended' })
      return reply.code(201).header('cache-control', 'no-store').send({ token })
    },
  )
}
