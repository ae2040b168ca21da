import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { ConfigError } from '../base/errors.ts'
import { operations } from '../contract/operations.ts'
import type { ReloadReport } from '../contract/reload.ts'
import { actorOf } from './audit-routes.ts'
import { ConfigurationError } from './problem.ts'

/** Reads the configuration again; `src/app/reload` does it. */
export type Reloads = {
  /** @throws ConfigError with a mistake a line; UnavailableError when the store doesn't answer. Then nothing has changed. */
  reload(who: { readonly actor: string; readonly address: string }, dryRun: boolean): Promise<ReloadReport>
}

export type ReloadRoutesOptions = { readonly reloads: Reloads }

/** For the command line and admins: the configuration anew, without a restart. */
export const reloadRoutes: FastifyPluginAsyncZod<ReloadRoutesOptions> = async (app, { reloads }) => {
  app.post(
    '/api/v1/reload',
    { config: { access: 'admin' }, schema: operations['POST /api/v1/reload'] },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      try {
        return await reloads.reload(actorOf(request), request.body.dryRun)
      } catch (error) {
        if (error instanceof ConfigError) throw new ConfigurationError(error.message.split('\n'))
        throw error
      }
    },
  )
}
