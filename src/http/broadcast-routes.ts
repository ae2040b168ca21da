import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Audit } from '../accounts/audit.ts'
import type { BroadcastHistory, HistoryItem } from '../accounts/channels/broadcast-history.ts'
import { healthOf, NO_FIGURES } from '../accounts/channels/broadcast-tally.ts'
import type { Channels } from '../accounts/channels/channels.ts'
import type { Broadcast } from '../contract/broadcast.ts'
import { operations } from '../contract/operations.ts'
import { actorOf } from './audit-routes.ts'

export type BroadcastRoutesOptions = {
  readonly channels: Channels
  readonly history: BroadcastHistory
  readonly audit: Audit
}

/** What was broadcast, for those who did. */
export const broadcastRoutes: FastifyPluginAsyncZod<BroadcastRoutesOptions> = async (
  app,
  { channels, history, audit },
) => {
  app.get(
    '/api/v1/channels/:slug/broadcasts',
    { config: { access: 'channel-streamer' }, schema: operations['GET /api/v1/channels/:slug/broadcasts'] },
    async (request, reply) => {
      const { slug } = request.params
      const { limit, cursor } = request.query
      const { title } = await channels.get(slug)
      const { items, nextCursor } = await history.list(slug, limit, cursor)
      reply.header('cache-control', 'no-store')
      return { items: items.map((item) => broadcastView(item, title)), nextCursor: nextCursor ?? null }
    },
  )

  app.delete(
    '/api/v1/channels/:slug/broadcasts/:id',
    { config: { access: 'channel-owner' }, schema: operations['DELETE /api/v1/channels/:slug/broadcasts/:id'] },
    async (request, reply) => {
      const { slug, id } = request.params
      const { channel, removed } = await history.remove(slug, id)
      const subject = `${new Date(removed.startedAtMs).toISOString()} “${removed.title ?? channel.title}”`
      audit.record({ ...actorOf(request), action: 'channel.broadcast.delete', channel: slug, subject })
      return reply.code(204).send(null)
    },
  )
}

function broadcastView(
  { id, title, startedAtMs, endedAtMs, chatMessages, figures, isOn }: HistoryItem,
  channelTitle: string,
): Broadcast {
  // Of what older versions wrote there are only beginning and end.
  const known = figures ?? { ...NO_FIGURES, seconds: (endedAtMs - startedAtMs) / 1000 }
  const { seconds, peakViewers, totalViewers, droppedFrames, reconnects } = known
  return {
    ...{ id, title: title ?? channelTitle, chatMessages, peakViewers, totalViewers, droppedFrames, reconnects },
    startedAt: new Date(startedAtMs).toISOString(),
    endedAt: isOn ? null : new Date(endedAtMs).toISOString(),
    seconds: Math.round(seconds),
    health: healthOf(known) ?? null,
  }
}
