import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Accounts } from '../accounts/accounts.ts'
import { tokenHash } from '../accounts/admin-access.ts'
import type { Audit } from '../accounts/audit.ts'
import { emailKey } from '../accounts/email-key.ts'
import type { FoundLink, PersonRecord } from '../accounts/person-store.ts'
import { NotFoundError, RefusedError } from '../base/errors.ts'
import { operations } from '../contract/operations.ts'
import type { LinkLook, SignUp } from '../contract/people.ts'
import { addressOf } from './address.ts'
import { actorOf } from './audit-routes.ts'
import { CountedAttempts } from './counted-attempts.ts'
import type { Origins } from './origin.ts'
import { named } from './people-routes.ts'
import { grantView } from './person-view.ts'
import type { SessionCookies } from './session-cookies.ts'
import { whereOf } from './session-routes.ts'

export type SignUpRoutesOptions = {
  readonly accounts: Accounts
  readonly origins: Origins
  readonly cookies: SessionCookies
  readonly audit: Audit
}

/** Each costs a password's hash, or tries a link. */
const PER_MINUTE = 20

/** Making an account of one's own, and what one-time links are for. */
export const signUpRoutes: FastifyPluginAsyncZod<SignUpRoutesOptions> = async (app, options) => {
  const { accounts, origins, cookies, audit } = options
  const attempts = new CountedAttempts({ max: PER_MINUTE, windowMs: 60_000 })
  const config = { access: 'public' } as const

  app.post('/api/v1/sign-up', { config, schema: operations['POST /api/v1/sign-up'] }, async (request, reply) => {
    // Else another site could sign a browser in as somebody else.
    if (!origins.permits(request)) throw new RefusedError('FORBIDDEN', 'sign up on a page of this server')
    mayTry(attempts, addressOf(request))
    const { invitation } = request.body
    if (invitation === undefined) throw new RefusedError('FORBIDDEN', 'an invitation is needed to make an account here')
    const person = await byInvitation(accounts, request.body, invitation)
    audit.record({
      ...{ ...actorOf(request), actor: person.name, person: person.id },
      ...{ action: 'person.sign-up', subject: `${named(person)}: ${person.role}` },
    })
    const grant = await accounts.devices.begin(person, whereOf(request))
    cookies.setGrant(request, reply, grant)
    return reply.code(201).header('cache-control', 'no-store').send(grantView(grant))
  })

  app.post(
    '/api/v1/one-time-links/look',
    { config, schema: operations['POST /api/v1/one-time-links/look'] },
    async (request, reply) => {
      mayTry(attempts, addressOf(request))
      reply.header('cache-control', 'no-store')
      return linkView(await accounts.links.look(request.body.token))
    },
  )
}

async function byInvitation(accounts: Accounts, body: SignUp, secret: string): Promise<PersonRecord> {
  const link = await accounts.links.look(secret)
  if (link.purpose !== 'invitation' && link.purpose !== 'first-admin') {
    throw new NotFoundError('this link is for something else')
  }
  if (accounts.settings.signUp === 'closed' && link.purpose !== 'first-admin') {
    throw new RefusedError('FORBIDDEN', 'nobody can make an account here at present')
  }
  if (link.email !== null && emailKey(link.email) !== emailKey(body.email)) {
    throw new RefusedError('FORBIDDEN', 'this invitation is for another e-mail address')
  }
  const { email, name, password } = body
  return accounts.people.create({
    ...{ email, name, password, role: link.role ?? 'viewer', linkHash: tokenHash(secret) },
    // The link came by mail, or from who knows the address.
    emailVerified: link.email !== null,
  })
}

function mayTry(attempts: CountedAttempts, address: string): void {
  if (attempts.take(address)) return
  throw new RefusedError('LIMIT', 'too many attempts from this address, wait a minute')
}

function linkView({ purpose, email, role, from, channel, channelRole, expiresAtMs }: FoundLink): LinkLook {
  return {
    ...{ purpose, email, role, from },
    channel: channel === null || channelRole === null ? null : { ...channel, role: channelRole },
    expiresAt: new Date(expiresAtMs).toISOString(),
  }
}
