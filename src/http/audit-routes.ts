import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Audit, KeptAuditRecord } from '../accounts/audit.ts'
import { type AuditEntry, AuditList } from '../contract/audit.ts'
import { Page } from './page-query.ts'

export type AuditRoutesOptions = { readonly audit: Audit }

const Query = Page.extend({
  channel: z.string().max(64).optional(),
  action: z.string().max(64).optional(),
})

/** Who did what: for admins. */
export const auditRoutes: FastifyPluginAsyncZod<AuditRoutesOptions> = async (app, { audit }) => {
  app.get(
    '/api/v1/audit',
    { config: { access: 'admin' }, schema: { querystring: Query, response: { 200: AuditList } } },
    async (request, reply) => {
      const { limit, cursor, channel, action } = request.query
      const { items, nextCursor } = await audit.list(limit, cursor, { channel, action })
      reply.header('cache-control', 'no-store')
      return { items: items.map(entryOf), nextCursor: nextCursor ?? null }
    },
  )
}

/** Who asks, as the audit log names them. */
export function actorOf(request: FastifyRequest): { readonly actor: string; readonly address: string } {
  const { role, via } = request.identity
  return { actor: role, address: via === 'local' ? 'local' : request.ip }
}

function entryOf({ seq, atMs, ...rest }: KeptAuditRecord): AuditEntry {
  return { id: String(seq), at: new Date(atMs).toISOString(), ...rest }
}
