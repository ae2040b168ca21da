import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Accounts } from '../accounts/accounts.ts'
import type { Audit } from '../accounts/audit.ts'
import type { PersonRecord } from '../accounts/people/person-store.ts'
import { operations } from '../contract/operations.ts'
import { actorOf } from './audit-routes.ts'
import { deviceView, personView } from './person-view.ts'

export type PeopleRoutesOptions = { readonly accounts: Accounts; readonly audit: Audit }

/** Everybody's accounts: for admins. */
export const peopleRoutes: FastifyPluginAsyncZod<PeopleRoutesOptions> = async (app, { accounts, audit }) => {
  const { people, devices } = accounts
  const config = { access: 'admin' } as const

  app.get('/api/v1/people', { config, schema: operations['GET /api/v1/people'] }, async (request, reply) => {
    const { limit, cursor, query, role } = request.query
    const { items, nextCursor } = await people.list(limit, cursor, { query, role })
    reply.header('cache-control', 'no-store')
    return { items: items.map(personView), nextCursor: nextCursor ?? null }
  })

  app.get('/api/v1/devices', { config, schema: operations['GET /api/v1/devices'] }, async (request, reply) => {
    const { limit, cursor } = request.query
    const { items, nextCursor } = await devices.listAll(limit, cursor)
    reply.header('cache-control', 'no-store')
    const views = items.map((item) => ({ ...deviceView(item, request.identity.device), person: item.person }))
    return { items: views, nextCursor: nextCursor ?? null }
  })

  app.post('/api/v1/people', { config, schema: operations['POST /api/v1/people'] }, async (request, reply) => {
    // Who makes it for somebody knows the address.
    const person = await people.create({ ...request.body, emailVerified: true })
    audit.record({ ...actorOf(request), action: 'person.create', subject: `${named(person)}: ${person.role}` })
    return reply.code(201).header('location', `/api/v1/people/${person.id}`).send(personView(person))
  })

  app.get('/api/v1/people/:id', { config, schema: operations['GET /api/v1/people/:id'] }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return personView(await people.get(request.params.id))
  })

  app.patch('/api/v1/people/:id', { config, schema: operations['PATCH /api/v1/people/:id'] }, async (request) => {
    const { before, person } = await people.change(request.params.id, request.body)
    const changes = [
      before.role === person.role ? '' : `${before.role} → ${person.role}`,
      (before.disabledAtMs === null) === (person.disabledAtMs === null)
        ? ''
        : person.disabledAtMs === null
          ? 'enabled'
          : 'disabled',
    ].filter((word) => word !== '')
    if (changes.length > 0) {
      const subject = `${named(person)}: ${changes.join(', ')}`
      audit.record({ ...actorOf(request), action: 'person.change', subject })
    }
    return personView(person)
  })

  app.delete(
    '/api/v1/people/:id',
    { config, schema: operations['DELETE /api/v1/people/:id'] },
    async (request, reply) => {
      const person = await people.get(request.params.id)
      await accounts.data.remove(person)
      audit.record({ ...actorOf(request), action: 'person.delete', subject: person.id })
      return reply.code(204).send(null)
    },
  )

  app.put(
    '/api/v1/people/:id/password',
    { config, schema: operations['PUT /api/v1/people/:id/password'] },
    async (request, reply) => {
      const person = await people.setPassword(request.params.id, request.body.password)
      audit.record({ ...actorOf(request), action: 'person.password', subject: named(person) })
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/api/v1/people/:id/devices',
    { config, schema: operations['GET /api/v1/people/:id/devices'] },
    async (request, reply) => {
      const { id } = await people.get(request.params.id)
      reply.header('cache-control', 'no-store')
      return {
        items: (await devices.list(id)).map((device) => deviceView(device, request.identity.device)),
        nextCursor: null,
      }
    },
  )

  app.delete(
    '/api/v1/people/:id/devices/:deviceId',
    { config, schema: operations['DELETE /api/v1/people/:id/devices/:deviceId'] },
    async (request, reply) => {
      const person = await people.get(request.params.id)
      await devices.end(person.id, request.params.deviceId)
      audit.record({ ...actorOf(request), action: 'person.sign-out', subject: `${named(person)}: one device` })
      return reply.code(204).send(null)
    },
  )
}

/** As the audit log names them. */
export function named({ name, id }: Pick<PersonRecord, 'name' | 'id'>): string {
  return `${name} (${id})`
}
