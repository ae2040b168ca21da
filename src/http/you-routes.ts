import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Accounts } from '../accounts/accounts.ts'
import type { Audit } from '../accounts/audit.ts'
import type { PersonRecord } from '../accounts/people/person-store.ts'
import type { ApiTokenRecord } from '../accounts/sign-in/api-tokens.ts'
import { RefusedError } from '../base/errors.ts'
import { operations } from '../contract/operations.ts'
import type { ApiToken, You } from '../contract/people.ts'
import { addressOf } from './address.ts'
import { actorOf } from './audit-routes.ts'
import { deviceView, sessionPerson } from './person-view.ts'
import type { SessionCookies } from './session-cookies.ts'
import { personOf } from './your-person.ts'

export type YouRoutesOptions = {
  readonly accounts: Accounts
  readonly cookies: SessionCookies
  readonly audit: Audit
}

/** One's own account. */
export const youRoutes: FastifyPluginAsyncZod<YouRoutesOptions> = async (app, { accounts, cookies, audit }) => {
  const { people, devices, tokens, credentials, signIn } = accounts
  const config = { access: 'signed-in' } as const
  /** After a change that ends all access tokens of a person. */
  const staySignedIn = async (request: FastifyRequest, reply: FastifyReply, person: PersonRecord): Promise<void> => {
    const { via, device } = request.identity
    const again = via === 'cookie' && device !== undefined ? await devices.accessAgain(person, device) : undefined
    if (again !== undefined) cookies.setAccess(request, reply, again)
  }

  app.get('/api/v1/you', { config, schema: operations['GET /api/v1/you'] }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return youView(await personOf(request, accounts))
  })

  app.patch('/api/v1/you', { config, schema: operations['PATCH /api/v1/you'] }, async (request, reply) => {
    const { id } = await personOf(request, accounts)
    const { before, person } = await people.changeProfile(id, request.body)
    if (before.name !== person.name) {
      await staySignedIn(request, reply, person)
      audit.record({ ...actorOf(request), action: 'person.change', subject: `“${before.name}” → “${person.name}”` })
    }
    return youView(person)
  })

  app.delete('/api/v1/you', { config, schema: operations['DELETE /api/v1/you'] }, async (request, reply) => {
    const person = await personOf(request, accounts)
    await signIn.mustKnowPassword(person, request.body.password, addressOf(request))
    await accounts.data.remove(person)
    audit.record({ ...actorOf(request), actor: 'somebody who left', person: undefined, action: 'person.delete' })
    cookies.clearGrant(request, reply)
    return reply.code(204).send(null)
  })

  app.post(
    '/api/v1/you/email-verification',
    { config, schema: operations['POST /api/v1/you/email-verification'] },
    async (request, reply) => {
      await credentials.sendVerification(await personOf(request, accounts))
      return reply.code(202).send({ mailed: true as const })
    },
  )

  app.put(
    '/api/v1/you/password',
    { config, schema: operations['PUT /api/v1/you/password'] },
    async (request, reply) => {
      const person = await personOf(request, accounts)
      await signIn.mustKnowPassword(person, request.body.current, addressOf(request))
      const changed = await people.setPassword(person.id, request.body.password, request.identity.device)
      await staySignedIn(request, reply, changed)
      credentials.tellPasswordChanged(changed)
      audit.record({ ...actorOf(request), action: 'person.password' })
      return reply.code(204).send(null)
    },
  )

  app.put('/api/v1/you/email', { config, schema: operations['PUT /api/v1/you/email'] }, async (request, reply) => {
    const person = await personOf(request, accounts)
    await signIn.mustKnowPassword(person, request.body.password, addressOf(request))
    if (credentials.hasMail) {
      await credentials.sendVerification(person, request.body.email)
      return reply.code(202).send({ mailed: true as const })
    }
    const changed = await people.changeEmail(person.id, request.body.email)
    audit.record({ ...actorOf(request), action: 'person.email' })
    return reply.code(200).send(youView(changed))
  })

  // Its answer is written as it is read: what somebody said in years is never in memory as a whole.
  app.get('/api/v1/you/export', { config }, async (request, reply) => {
    if (request.identity.scopes !== undefined) throw new RefusedError('FORBIDDEN', 'sign in to take your data along')
    const person = await personOf(request, accounts)
    audit.record({ ...actorOf(request), action: 'person.export' })
    reply.header('cache-control', 'no-store').type('application/json; charset=utf-8')
    reply.header('content-disposition', 'attachment; filename="my-data.json"')
    return reply.send(Readable.from(accounts.data.export(person)))
  })

  app.get('/api/v1/you/devices', { config, schema: operations['GET /api/v1/you/devices'] }, async (request, reply) => {
    const { id } = await personOf(request, accounts)
    reply.header('cache-control', 'no-store')
    return {
      items: (await devices.list(id)).map((device) => deviceView(device, request.identity.device)),
      nextCursor: null,
    }
  })

  app.delete(
    '/api/v1/you/devices/:id',
    { config, schema: operations['DELETE /api/v1/you/devices/:id'] },
    async (request, reply) => {
      const { id } = await personOf(request, accounts)
      await devices.end(id, request.params.id)
      audit.record({ ...actorOf(request), action: 'person.sign-out', subject: 'one device' })
      if (request.params.id === request.identity.device) cookies.clearGrant(request, reply)
      return reply.code(204).send(null)
    },
  )

  app.get('/api/v1/you/tokens', { config, schema: operations['GET /api/v1/you/tokens'] }, async (request, reply) => {
    const { id } = await personOf(request, accounts)
    reply.header('cache-control', 'no-store')
    return { items: (await tokens.list(id)).map(tokenView), nextCursor: null }
  })

  app.post('/api/v1/you/tokens', { config, schema: operations['POST /api/v1/you/tokens'] }, async (request, reply) => {
    const { id } = await personOf(request, accounts)
    const { token, record } = await tokens.make(id, request.body)
    const subject = `${record.label}: ${record.scopes.join(', ')}`
    audit.record({ ...actorOf(request), action: 'api-token.create', subject })
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ apiToken: tokenView(record), token })
  })

  app.delete(
    '/api/v1/you/tokens/:id',
    { config, schema: operations['DELETE /api/v1/you/tokens/:id'] },
    async (request, reply) => {
      const { id } = await personOf(request, accounts)
      const { label } = await tokens.remove(id, request.params.id)
      audit.record({ ...actorOf(request), action: 'api-token.remove', subject: label })
      return reply.code(204).send(null)
    },
  )
}

function youView(person: PersonRecord): You {
  const { locale, passwordHash, createdAtMs } = person
  return {
    ...{ ...sessionPerson(person), locale, hasPassword: passwordHash !== null },
    createdAt: new Date(createdAtMs).toISOString(),
  }
}

function tokenView({ id, label, scopes, createdAtMs, expiresAtMs, lastUsedAtMs }: ApiTokenRecord): ApiToken {
  const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
  return {
    ...{ id, label, scopes: [...scopes], createdAt: new Date(createdAtMs).toISOString() },
    ...{ expiresAt: time(expiresAtMs), lastUsedAt: time(lastUsedAtMs) },
  }
}
