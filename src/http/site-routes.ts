import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Site } from '../contract/channel.ts'
import { operations } from '../contract/operations.ts'

export type SiteRoutesOptions = { readonly site: () => Site }

/** What a page asks first, and the server's clock. */
export const siteRoutes: FastifyPluginAsyncZod<SiteRoutesOptions> = async (app, { site }) => {
  app.get(
    '/api/v1/site',
    { config: { access: 'public' }, schema: operations['GET /api/v1/site'] },
    async (_, reply) => {
      reply.header('cache-control', 'no-cache')
      return site()
    },
  )

  // For DASH `UTCTiming` (urn:mpeg:dash:utc:http-iso:2014) and players that measure latency; any page may read it.
  app.get('/time', { config: { access: 'public' }, schema: { response: { 200: z.string() } } }, async (_, reply) => {
    reply.header('cache-control', 'no-store').header('access-control-allow-origin', '*')
    reply.header('cross-origin-resource-policy', 'cross-origin').type('text/plain; charset=utf-8')
    return reply.serializer(String).send(new Date().toISOString())
  })
}
