import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { RouteRule } from './access.ts'
import { completeDocument, type OpenApi } from './openapi/document.ts'

export type OpenApiRoutesOptions = {
  /** Every route, once all are there. */
  readonly routes: readonly RouteRule[]
}

type Rendered = { readonly etag: string; readonly plain: Buffer; readonly gzipped: Buffer }

/** The API describes itself; the document is made when it is first asked for. */
export const openApiRoutes: FastifyPluginAsyncZod<OpenApiRoutesOptions> = async (app, { routes }) => {
  let rendered: Promise<Rendered> | undefined
  const render = async (): Promise<Rendered> => {
    const plain = Buffer.from(JSON.stringify(completeDocument(app.swagger() as unknown as OpenApi, routes)))
    const etag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
    return { etag, plain, gzipped: await promisify(gzip)(plain) }
  }

  app.get('/api/v1/openapi.json', { config: { access: 'public' } }, async (request, reply) => {
    rendered ??= render()
    const { etag, plain, gzipped } = await rendered
    reply.header('cache-control', 'no-cache').header('etag', etag).header('vary', 'Accept-Encoding, Origin')
    if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(etag)) return reply.code(304).send()
    reply.type('application/json; charset=utf-8')
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding']))) return reply.send(plain)
    return reply.header('content-encoding', 'gzip').send(gzipped)
  })
}
