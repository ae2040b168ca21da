import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { Audit } from '../accounts/audit.ts'
import type { Member, Members } from '../accounts/channels/members.ts'
import { NotFoundError } from '../base/errors.ts'
import { operations } from '../contract/operations.ts'
import type { ChannelMember } from '../contract/people.ts'
import { actorOf } from './audit-routes.ts'
import { type AudienceFacts, channelView } from './channel-view.ts'
import type { LiveStates } from './live-states.ts'
import { personIdOf } from './your-person.ts'

export type MemberRoutesOptions = {
  readonly members: Members
  readonly live: LiveStates
  readonly audience: AudienceFacts
  readonly audit: Audit
}

/** Who belongs to a channel: for its owners; and to which channels one belongs oneself. */
export const memberRoutes: FastifyPluginAsyncZod<MemberRoutesOptions> = async (
  app,
  { members, live, audience, audit },
) => {
  const config = { access: 'channel-owner' } as const

  app.get(
    '/api/v1/you/channels',
    { config: { access: 'signed-in' }, schema: operations['GET /api/v1/you/channels'] },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const found = await members.ofPerson(personIdOf(request))
      return {
        items: found.map(({ channel, role }) => ({ channel: channelView(channel, live, audience), role })),
        nextCursor: null,
      }
    },
  )

  app.get(
    '/api/v1/channels/:slug/members',
    { config, schema: operations['GET /api/v1/channels/:slug/members'] },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return { items: (await members.list(request.params.slug)).map(memberView), nextCursor: null }
    },
  )

  app.get(
    '/api/v1/channels/:slug/known-people',
    { config, schema: operations['GET /api/v1/channels/:slug/known-people'] },
    async (request, reply) => {
      const { slug } = request.params
      reply.header('cache-control', 'no-store')
      const found = await members.known(slug, request.identity.person?.id ?? '', request.query.query)
      return { items: found.map(({ id, name }) => ({ id, name })), nextCursor: null }
    },
  )

  app.put(
    '/api/v1/channels/:slug/members/:personId',
    { config, schema: operations['PUT /api/v1/channels/:slug/members/:personId'] },
    async (request, reply) => {
      const { slug, personId } = request.params
      const { role } = request.body
      const { channel, name, before } = await members.set(slug, personId, role, request.identity.role === 'admin')
      if (before !== role) {
        const subject =
          before === undefined ? `${name} (${personId}): ${role}` : `${name} (${personId}): ${before} → ${role}`
        audit.record({ ...actorOf(request), action: 'channel.member.set', channel: channel.slug, subject })
      }
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/api/v1/channels/:slug/members/:personId',
    { config, schema: operations['DELETE /api/v1/channels/:slug/members/:personId'] },
    async (request, reply) => {
      const { slug, personId } = request.params
      const removed = await members.remove(slug, personId, request.identity.role === 'admin')
      if (removed === undefined) throw new NotFoundError('they don’t belong to this channel')
      const { channel, name, before } = removed
      const subject = `${name} (${personId}): ${before}`
      audit.record({ ...actorOf(request), action: 'channel.member.remove', channel: channel.slug, subject })
      return reply.code(204).send(null)
    },
  )
}

function memberView({ personId, name, role, sinceMs }: Member): z.infer<typeof ChannelMember> {
  return { person: { id: personId, name }, role, since: new Date(sinceMs).toISOString() }
}
