import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Audit } from '../accounts/audit.ts'
import type { KeyFacts } from '../accounts/channels/stream-key-store.ts'
import type { StreamKeys } from '../accounts/channels/stream-keys.ts'
import { operations } from '../contract/operations.ts'
import type { StreamKey } from '../contract/stream-key.ts'
import { actorOf } from './audit-routes.ts'
import type { LiveStates } from './live-states.ts'

export type KeyRoutesOptions = {
  readonly keys: StreamKeys
  readonly live: Pick<LiveStates, 'keyInUse' | 'revoke'>
  readonly audit: Audit
}

/** The stream keys of a channel, one by one. */
export const keyRoutes: FastifyPluginAsyncZod<KeyRoutesOptions> = async (app, { keys, live, audit }) => {
  app.get(
    '/api/v1/channels/:slug/keys',
    { config: { access: 'channel-streamer' }, schema: operations['GET /api/v1/channels/:slug/keys'] },
    async (request, reply) => {
      const { slug } = request.params
      const found = await keys.list(slug)
      const inUse = live.keyInUse(slug)
      reply.header('cache-control', 'no-store')
      return { items: found.map((key) => keyView(key, inUse)), nextCursor: null }
    },
  )

  app.post(
    '/api/v1/channels/:slug/keys',
    { config: { access: 'channel-owner' }, schema: operations['POST /api/v1/channels/:slug/keys'] },
    async (request, reply) => {
      const { channel, facts, key } = await keys.add(request.params.slug, request.body)
      audit.record({ ...actorOf(request), action: 'channel.key.add', channel: channel.slug, subject: facts.label })
      reply.code(201).header('cache-control', 'no-store')
      return { streamKey: keyView(facts), key }
    },
  )

  app.patch(
    '/api/v1/channels/:slug/keys/:id',
    { config: { access: 'channel-owner' }, schema: operations['PATCH /api/v1/channels/:slug/keys/:id'] },
    async (request, reply) => {
      const { slug, id } = request.params
      const { channel, before, facts } = await keys.relabel(slug, id, request.body.label)
      if (before.label !== facts.label) {
        const subject = `“${before.label}” → “${facts.label}”`
        audit.record({ ...actorOf(request), action: 'channel.key.rename', channel: channel.slug, subject })
      }
      reply.header('cache-control', 'no-store')
      return keyView(facts, live.keyInUse(slug))
    },
  )

  app.post(
    '/api/v1/channels/:slug/keys/:id/rotate',
    { config: { access: 'channel-owner' }, schema: operations['POST /api/v1/channels/:slug/keys/:id/rotate'] },
    async (request, reply) => {
      const { slug, id } = request.params
      const { channel, facts, key } = await keys.rotate(slug, id, request.body?.key)
      live.revoke(channel.slug, [id], 'the stream key was changed')
      audit.record({ ...actorOf(request), action: 'channel.key.rotate', channel: channel.slug, subject: named(facts) })
      reply.header('cache-control', 'no-store')
      return { streamKey: keyView(facts), key }
    },
  )

  app.delete(
    '/api/v1/channels/:slug/keys/:id',
    { config: { access: 'channel-owner' }, schema: operations['DELETE /api/v1/channels/:slug/keys/:id'] },
    async (request, reply) => {
      const { slug, id } = request.params
      const { channel, facts } = await keys.revoke(slug, id)
      live.revoke(channel.slug, [id], 'the stream key was revoked')
      audit.record({ ...actorOf(request), action: 'channel.key.revoke', channel: channel.slug, subject: named(facts) })
      return reply.code(204).send(null)
    },
  )
}

/** In the audit log; no subject at all would say that all keys were meant. */
function named({ label }: KeyFacts): string {
  return label === '' ? '(no label)' : label
}

function keyView({ id, label, createdAtMs, lastUsedAtMs }: KeyFacts, inUse?: string): StreamKey {
  const onAir = id === inUse
  const usedAtMs = onAir ? Date.now() : lastUsedAtMs
  const lastUsedAt = usedAtMs === undefined ? null : new Date(usedAtMs).toISOString()
  return { id, label, createdAt: new Date(createdAtMs).toISOString(), lastUsedAt, onAir }
}
