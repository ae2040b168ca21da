import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Audit, KeptAuditRecord } from '../accounts/audit.ts'
import type { AuditEntry } from '../contract/audit.ts'
import { operations } from '../contract/operations.ts'
import { plainAddress } from './address.ts'

export type AuditRoutesOptions = { readonly audit: Audit }

/** Who did what: for admins. */
export const auditRoutes: FastifyPluginAsyncZod<AuditRoutesOptions> = async (app, { audit }) => {
  app.get(
    '/api/v1/audit',
    { config: { access: 'admin' }, schema: operations['GET /api/v1/audit'] },
    async (request, reply) => {
      const { limit, cursor, channel, action } = request.query
      const { items, nextCursor } = await audit.list(limit, cursor, { channel, action })
      reply.header('cache-control', 'no-store')
      return { items: items.map(entryOf), nextCursor: nextCursor ?? null }
    },
  )
}

/** Who asks, as the audit log names them. */
export function actorOf(request: FastifyRequest): {
  readonly actor: string
  readonly person: string | undefined
  readonly address: string
} {
  const { role, via, person } = request.identity
  return {
    actor: person?.name ?? role,
    person: person?.id,
    address: via === 'local' ? 'local' : plainAddress(request.ip),
  }
}

function entryOf({ seq, atMs, ...rest }: KeptAuditRecord): AuditEntry {
  return { id: String(seq), at: new Date(atMs).toISOString(), ...rest }
}
