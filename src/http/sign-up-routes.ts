import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Accounts } from '../accounts/accounts.ts'
import type { Audit } from '../accounts/audit.ts'
import type { FoundLink, PersonRecord } from '../accounts/people/person-store.ts'
import { RefusedError } from '../base/errors.ts'
import { operations } from '../contract/operations.ts'
import type { LinkLook, Session, SignUp } from '../contract/people.ts'
import { addressOf } from './address.ts'
import { actorOf } from './audit-routes.ts'
import { CountedAttempts } from './counted-attempts.ts'
import type { Origins } from './origin.ts'
import { pageLanguage } from './page-words.ts'
import { named } from './people-routes.ts'
import type { Signing } from './signing.ts'

export type SignUpRoutesOptions = {
  readonly accounts: Accounts
  readonly origins: Origins
  readonly signing: Signing
  readonly audit: Audit
}

/** Each costs a password's hash or a letter, or tries a link. */
const PER_MINUTE = 20

/** Making an account of one's own, proving an address, choosing a new password: for people who aren't signed in. */
export const signUpRoutes: FastifyPluginAsyncZod<SignUpRoutesOptions> = async (app, options) => {
  const { accounts, origins, signing, audit } = options
  const attempts = new CountedAttempts({ max: PER_MINUTE, windowMs: 60_000 })
  const config = { access: 'public' } as const

  const mayTry = (request: FastifyRequest): void => {
    if (attempts.take(addressOf(request))) return
    throw new RefusedError('LIMIT', 'too many attempts from this address, wait a minute')
  }

  /** @returns undefined: a letter was written, or would have been */
  const signUp = async (body: SignUp, locale: string): Promise<PersonRecord | undefined> => {
    const { invitation, email, name, password } = body
    const { signUp: who } = accounts.settings
    if (invitation !== undefined) return accounts.invitations.signUp(invitation, body, who !== 'closed')
    if (who === 'closed') throw new RefusedError('FORBIDDEN', 'nobody can make an account here at present')
    if (who === 'invitation') throw new RefusedError('FORBIDDEN', 'an invitation is needed to make an account here')
    if (!accounts.credentials.hasMail) return accounts.people.create({ email, name, password, role: 'viewer', locale })
    await accounts.credentials.signUp({ email, name, password, locale })
    return undefined
  }

  app.post('/api/v1/sign-up', { config, schema: operations['POST /api/v1/sign-up'] }, async (request, reply) => {
    // Else another site could sign a browser in as somebody else.
    if (!origins.permits(request)) throw new RefusedError('FORBIDDEN', 'sign up on a page of this server')
    mayTry(request)
    reply.header('cache-control', 'no-store')
    const person = await signUp(request.body, languageOf(request))
    if (person === undefined) return reply.code(202).send({ mailed: true as const })
    audit.record({
      ...{ ...actorOf(request), actor: person.name, person: person.id },
      ...{ action: 'person.sign-up', subject: `${named(person)}: ${person.role}` },
    })
    return reply.code(201).send(await signing.begin(request, reply, person))
  })

  app.post(
    '/api/v1/one-time-links/look',
    { config, schema: operations['POST /api/v1/one-time-links/look'] },
    async (request, reply) => {
      mayTry(request)
      reply.header('cache-control', 'no-store')
      return linkView(await accounts.links.look(request.body.token))
    },
  )

  app.post(
    '/api/v1/email-verification',
    { config, schema: operations['POST /api/v1/email-verification'] },
    async (request, reply): Promise<Session> => {
      if (!origins.permits(request)) throw new RefusedError('FORBIDDEN', 'open the link on a page of this server')
      mayTry(request)
      reply.header('cache-control', 'no-store')
      const { person, isNew } = await accounts.credentials.verify(request.body.token)
      const action = isNew ? 'person.sign-up' : 'person.email'
      const subject = isNew ? `${named(person)}: ${person.role}` : `${named(person)}: confirmed`
      audit.record({ ...actorOf(request), actor: person.name, person: person.id, action, subject })
      return isNew ? signing.begin(request, reply, person) : signing.now(request)
    },
  )

  app.post(
    '/api/v1/password-reset',
    { config, schema: operations['POST /api/v1/password-reset'] },
    async (request, reply) => {
      mayTry(request)
      accounts.credentials.forgot(request.body.email)
      return reply
        .code(202)
        .header('cache-control', 'no-store')
        .send({ mailed: true as const })
    },
  )

  app.post(
    '/api/v1/password-reset/confirm',
    { config, schema: operations['POST /api/v1/password-reset/confirm'] },
    async (request, reply) => {
      mayTry(request)
      const person = await accounts.credentials.reset(request.body.token, request.body.password)
      const subject = `${named(person)}: by a link in mail`
      audit.record({ ...actorOf(request), actor: person.name, person: person.id, action: 'person.password', subject })
      return reply.code(204).send(null)
    },
  )
}

/** Of letters to who asks. */
export function languageOf(request: FastifyRequest): string {
  return pageLanguage(request.cookies.language, request.headers['accept-language'])
}

function linkView({ purpose, email, role, from, channel, channelRole, expiresAtMs }: FoundLink): LinkLook {
  return {
    ...{ purpose, email, role, from },
    channel: channel === null || channelRole === null ? null : { ...channel, role: channelRole },
    expiresAt: new Date(expiresAtMs).toISOString(),
  }
}
