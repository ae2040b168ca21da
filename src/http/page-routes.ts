import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Channels } from '../accounts/channels.ts'
import { NotFoundError, UnavailableError } from '../base/errors.ts'
import { isSlug } from '../contract/slug.ts'
import { encodingFor } from './content-encoding.ts'
import { contentSecurityPolicy } from './content-security-policy.ts'
import type { PageFile, PageFiles } from './page-files.ts'

export type PageRoutesOptions = {
  readonly pages: PageFiles
  readonly channels: Channels
  readonly embedOrigins: readonly string[]
}

/** Addresses that the web app answers itself (contracts: Pages; design: information architecture). */
const PAGES = [
  '/',
  '/search',
  '/sign-in',
  '/you',
  '/you/*',
  '/studio',
  '/studio/*',
  '/admin',
  '/admin/*',
  '/r/:id',
  '/api/docs',
] as const
const CHANNEL_PAGES = ['/c/:slug', '/c/:slug/about'] as const
/** Where programs ask, not people: they get a problem, not a page. */
const NOT_PAGES = /^\/(api(?!\/docs\/?$)|live|vod|whip|whep|assets)(\/|$)/

/** The web app: its files, and its one page under every address that is a page's. */
export const pageRoutes: FastifyPluginAsyncZod<PageRoutesOptions> = async (app, { pages, channels, embedOrigins }) => {
  const config = { access: 'public', page: true } as const
  const embedPolicy = contentSecurityPolicy(["'self'", ...embedOrigins])

  const sendIndex = (request: FastifyRequest, reply: FastifyReply, status = 200): FastifyReply => {
    if (pages.index === undefined) {
      throw new UnavailableError('the web app is not built: npm start builds it, or npm run build:web')
    }
    return sendFile(request, reply.code(status), pages.index)
  }
  // An unknown channel shows the page that says so, and search engines and monitors read the status.
  const statusOf = async (slug: string): Promise<200 | 404> => {
    if (!isSlug(slug)) return 404
    try {
      await channels.get(slug)
      return 200
    } catch (error) {
      return error instanceof NotFoundError ? 404 : 200
    }
  }

  for (const url of PAGES) app.get(url, { config }, async (request, reply) => sendIndex(request, reply))
  for (const url of CHANNEL_PAGES) {
    app.get<{ Params: { slug: string } }>(url, { config }, async (request, reply) => {
      const status = await statusOf(request.params.slug)
      if (status === 200 && pages.watchHints !== undefined) reply.header('link', pages.watchHints)
      return sendIndex(request, reply, status)
    })
  }
  app.get<{ Params: { slug: string } }>('/embed/:slug', { config }, async (request, reply) => {
    reply.header('content-security-policy', embedPolicy)
    return sendIndex(request, reply, await statusOf(request.params.slug))
  })

  app.get('/*', { config }, async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const file = pages.get(path)
    if (file !== undefined) return sendFile(request, reply, file)
    const wantsPage = request.headers.accept?.includes('text/html') && !NOT_PAGES.test(path)
    if (!wantsPage) throw new NotFoundError('there is nothing at this address')
    return sendIndex(request, reply, 404)
  })
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  const found = reply.statusCode === 200
  reply.header('vary', 'Accept-Encoding').header('cache-control', found ? file.cacheControl : 'no-store')
  if (found) {
    reply.header('etag', file.etag)
    if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(file.etag)) return reply.code(304).send()
  }
  const encoding = encodingFor(request.headers['accept-encoding'], file)
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.type(file.type).send(encoding === undefined ? file.bytes : file[encoding])
}
