import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Channels } from '../accounts/channels/channels.ts'
import type { IngestReport, Status } from '../contract/insight.ts'
import { operations } from '../contract/operations.ts'

/** How it runs, as those see it who may; `src/app` has the figures. */
export type Insight = {
  /** What the channel's encoder sends; samples later than `sinceMs` only. */
  ingest(slug: string, sinceMs: number | undefined): Omit<IngestReport, 'slug' | 'title'>
  status(): Promise<Status>
}

export type InsightRoutesOptions = { readonly channels: Channels; readonly insight: Insight }

/** Figures for who runs the server and for who streams. */
export const insightRoutes: FastifyPluginAsyncZod<InsightRoutesOptions> = async (app, { channels, insight }) => {
  app.get(
    '/api/v1/channels/:slug/ingest',
    {
      config: { access: 'admin-or-channel-key' },
      schema: operations['GET /api/v1/channels/:slug/ingest'],
    },
    async (request, reply) => {
      const { slug, title } = await channels.get(request.params.slug)
      const { since } = request.query
      reply.header('cache-control', 'no-store')
      return { slug, title, ...insight.ingest(slug, since === undefined ? undefined : Date.parse(since)) }
    },
  )

  app.get(
    '/api/v1/status',
    { config: { access: 'admin' }, schema: operations['GET /api/v1/status'] },
    async (_, reply) => {
      reply.header('cache-control', 'no-store')
      return insight.status()
    },
  )
}
