import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { NotFoundError } from '../base/errors.ts'

export type AcmeRoutesOptions = {
  /** The key authorization of a challenge under way. */
  readonly answer: (token: string) => string | undefined
}

/** RFC 8555 8.3: the answer by which an ACME authority sees that a name is ours. */
export const acmeRoutes: FastifyPluginAsyncZod<AcmeRoutesOptions> = async (app, { answer }) => {
  app.get(
    '/.well-known/acme-challenge/:token',
    { config: { access: 'public' }, schema: { params: z.object({ token: z.string() }) } },
    async (request, reply) => {
      const found = answer(request.params.token)
      if (found === undefined) throw new NotFoundError('no such challenge is under way')
      return reply.header('cache-control', 'no-store').type('application/octet-stream').send(Buffer.from(found))
    },
  )
}
