import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Follows } from '../accounts/following/follows.ts'
import type { WatchHistory } from '../accounts/following/watch-history.ts'
import { operations } from '../contract/operations.ts'
import { type AudienceFacts, channelView } from './channel-view.ts'
import type { LiveStates } from './live-states.ts'
import { personIdOf } from './your-person.ts'

export type FollowingRoutesOptions = {
  readonly follows: Follows
  readonly watched: WatchHistory
  readonly live: LiveStates
  readonly audience: AudienceFacts
}

/** What people follow and watched: each their own. */
export const followingRoutes: FastifyPluginAsyncZod<FollowingRoutesOptions> = async (
  app,
  { follows, watched, live, audience },
) => {
  const config = { access: 'signed-in' } as const

  app.addHook('onSend', async (_, reply) => {
    reply.header('cache-control', 'no-store')
  })

  app.get('/api/v1/you/follows', { config, schema: operations['GET /api/v1/you/follows'] }, async (request) => {
    const { limit, cursor } = request.query
    const { items, nextCursor } = await follows.list(personIdOf(request), limit, cursor)
    const views = items.map(({ channel, sinceMs }) => ({
      channel: channelView(channel, live, audience),
      since: new Date(sinceMs).toISOString(),
    }))
    return { items: views, nextCursor: nextCursor ?? null }
  })

  app.get(
    '/api/v1/you/follows/:slug',
    { config, schema: operations['GET /api/v1/you/follows/:slug'] },
    async (request) => stateOf(await follows.since(personIdOf(request), request.params.slug)),
  )

  app.put(
    '/api/v1/you/follows/:slug',
    { config, schema: operations['PUT /api/v1/you/follows/:slug'] },
    async (request) => stateOf(await follows.follow(personIdOf(request), request.params.slug)),
  )

  app.delete(
    '/api/v1/you/follows/:slug',
    { config, schema: operations['DELETE /api/v1/you/follows/:slug'] },
    async (request, reply) => {
      await follows.unfollow(personIdOf(request), request.params.slug)
      return reply.code(204).send(null)
    },
  )

  app.get('/api/v1/you/history', { config, schema: operations['GET /api/v1/you/history'] }, async (request) => {
    const { limit, cursor } = request.query
    const { items, nextCursor } = await watched.list(personIdOf(request), limit, cursor)
    const views = items.map(({ broadcastId, channel, firstMs, lastMs, seconds }) => ({
      ...{ id: broadcastId, channel, seconds },
      firstAt: new Date(firstMs).toISOString(),
      lastAt: new Date(lastMs).toISOString(),
    }))
    return { items: views, nextCursor: nextCursor ?? null }
  })

  app.delete(
    '/api/v1/you/history',
    { config, schema: operations['DELETE /api/v1/you/history'] },
    async (request, reply) => {
      await watched.clear(personIdOf(request))
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/api/v1/you/history/:id',
    { config, schema: operations['DELETE /api/v1/you/history/:id'] },
    async (request, reply) => {
      await watched.remove(personIdOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  )
}

function stateOf(sinceMs: number | undefined): { since: string | null } {
  return { since: sinceMs === undefined ? null : new Date(sinceMs).toISOString() }
}
