import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { operations } from '../contract/operations.ts'
import { isPrivileged } from './access.ts'

/** What the server says of itself. */
export type Health = {
  readonly version: string
  /** Ports bound now, by service: `http`, `rtmp` …; null: not listening. */
  ports(): Readonly<Record<string, number | null>>
  /** Why traffic should go elsewhere (starting, draining), or undefined when all is ready. */
  notReady(): string | undefined
}

export type HealthRoutesOptions = { readonly health: Health; readonly metricsToken: () => string | undefined }

export const healthRoutes: FastifyPluginAsyncZod<HealthRoutesOptions> = async (app, { health, metricsToken }) => {
  app.get('/healthz', { config: { access: 'public' }, schema: operations['GET /healthz'] }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (!isPrivileged(request, metricsToken())) return { status: 'ok' as const }
    const uptimeSeconds = Math.floor(process.uptime())
    return {
      status: 'ok' as const,
      version: health.version,
      node: process.version,
      uptimeSeconds,
      ports: { ...health.ports() },
    }
  })

  app.get('/readyz', { config: { access: 'public' }, schema: operations['GET /readyz'] }, async (_, reply) => {
    const reason = health.notReady()
    reply.header('cache-control', 'no-store')
    return reason === undefined ? reply.send({ ready: true }) : reply.code(503).send({ ready: false, reason })
  })
}
