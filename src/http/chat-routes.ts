import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { Audit } from '../accounts/audit.ts'
import type { Channels } from '../accounts/channels/channels.ts'
import type { StoredMessage } from '../chat/chat-store.ts'
import { chatMessage } from '../chat/history.ts'
import type { Moderation } from '../chat/moderation.ts'
import type { ModeratedMessage, Restriction } from '../contract/chat.ts'
import { operations } from '../contract/operations.ts'
import { actorOf } from './audit-routes.ts'

export type ChatRoutesOptions = {
  readonly channels: Channels
  readonly moderation: Moderation
  readonly audit: Audit
}

/** Of a message's text, as much as tells which one it was. */
const QUOTED = 80

/** Moderation of the chat: for its channel's moderators and owners, and admins, each action in the audit log. */
export const chatRoutes: FastifyPluginAsyncZod<ChatRoutesOptions> = async (app, { channels, moderation, audit }) => {
  const config = { access: 'channel-moderator' } as const

  app.get(
    '/api/v1/channels/:slug/chat/messages',
    { config, schema: operations['GET /api/v1/channels/:slug/chat/messages'] },
    async (request, reply) => {
      const channel = await channels.get(request.params.slug)
      const { limit, cursor, person } = request.query
      const { items, nextCursor } = await moderation.messages(channel, limit, cursor, person)
      reply.header('cache-control', 'no-store')
      return { items: items.map(moderatedMessage), nextCursor: nextCursor ?? null }
    },
  )

  app.delete(
    '/api/v1/channels/:slug/chat/messages/:seq',
    { config, schema: operations['DELETE /api/v1/channels/:slug/chat/messages/:seq'] },
    async (request, reply) => {
      const channel = await channels.get(request.params.slug)
      const actor = actorOf(request)
      const message = await moderation.remove(channel, request.params.seq, actor.actor)
      audit.record({ ...actor, action: 'chat.message.remove', channel: channel.slug, subject: quoted(message) })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/api/v1/channels/:slug/chat/messages/:seq/restore',
    { config, schema: operations['POST /api/v1/channels/:slug/chat/messages/:seq/restore'] },
    async (request, reply) => {
      const channel = await channels.get(request.params.slug)
      const message = await moderation.restore(channel, request.params.seq)
      audit.record({
        ...actorOf(request),
        ...{ action: 'chat.message.restore', channel: channel.slug, subject: quoted(message) },
      })
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/api/v1/channels/:slug/chat/restrictions',
    { config, schema: operations['GET /api/v1/channels/:slug/chat/restrictions'] },
    async (request, reply) => {
      const channel = await channels.get(request.params.slug)
      const { limit, cursor } = request.query
      const { items, nextCursor } = await moderation.restrictions(channel, limit, cursor)
      reply.header('cache-control', 'no-store')
      return { items: [...items], nextCursor: nextCursor ?? null }
    },
  )

  app.post(
    '/api/v1/channels/:slug/chat/restrictions',
    { config, schema: operations['POST /api/v1/channels/:slug/chat/restrictions'] },
    async (request, reply) => {
      const channel = await channels.get(request.params.slug)
      const actor = actorOf(request)
      const restriction = await moderation.restrict(channel, request.body, actor.actor)
      const subject = described(restriction, request.body.removeMessages)
      audit.record({ ...actor, action: 'chat.restriction.add', channel: channel.slug, subject })
      return reply.code(201).send(restriction)
    },
  )

  app.delete(
    '/api/v1/channels/:slug/chat/restrictions/:id',
    { config, schema: operations['DELETE /api/v1/channels/:slug/chat/restrictions/:id'] },
    async (request, reply) => {
      const channel = await channels.get(request.params.slug)
      const restriction = await moderation.lift(channel, request.params.id)
      const subject = described(restriction, false)
      audit.record({ ...actorOf(request), action: 'chat.restriction.lift', channel: channel.slug, subject })
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/api/v1/channels/:slug/chat/room',
    { config, schema: operations['GET /api/v1/channels/:slug/chat/room'] },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return moderation.mode(await channels.get(request.params.slug))
    },
  )

  app.patch(
    '/api/v1/channels/:slug/chat/room',
    { config, schema: operations['PATCH /api/v1/channels/:slug/chat/room'] },
    async (request) => {
      const channel = await channels.get(request.params.slug)
      const room = await moderation.change(channel, request.body)
      const subject = `${room.mode === 'slow' ? `slow, ${room.slowSeconds} s` : room.mode}; ${room.writers}`
      audit.record({ ...actorOf(request), action: 'chat.room.change', channel: channel.slug, subject })
      return room
    },
  )
}

function moderatedMessage(message: StoredMessage): z.infer<typeof ModeratedMessage> {
  const { removedAtMs, removedBy } = message
  return {
    ...chatMessage(message),
    removedAt: removedAtMs === null ? null : new Date(removedAtMs).toISOString(),
    removedBy,
  }
}

function quoted({ seq, name, text }: StoredMessage): string {
  const short = text.length > QUOTED ? `${text.slice(0, QUOTED)}…`.toWellFormed() : text
  return `#${seq} ${name}: “${short}”`
}

function described({ person, kind, until, address, reason }: Restriction, removed: boolean): string {
  const what = kind === 'ban' ? 'ban' : `quiet until ${until}`
  const more = [address ? 'with address' : '', removed ? 'messages removed' : '', reason ?? ''].filter((word) => word)
  return [`${person.name} (${person.id}): ${what}`, ...more].join(', ')
}
