import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Channels } from '../accounts/channels/channels.ts'
import { derived } from '../base/derived.ts'
import { NotFoundError, UnavailableError } from '../base/errors.ts'
import type { Channel, Site } from '../contract/channel.ts'
import { isSlug } from '../contract/slug.ts'
import { type AudienceFacts, channelView } from './channel-view.ts'
import { encodingFor } from './content-encoding.ts'
import { contentSecurityPolicy } from './content-security-policy.ts'
import type { LiveStates } from './live-states.ts'
import { PageDocuments } from './page-documents.ts'
import type { PageFile, PageFiles } from './page-files.ts'
import type { PictureSize } from './page-head.ts'
import { pageLanguage } from './page-words.ts'

export type PageRoutesOptions = {
  readonly pages: PageFiles
  readonly channels: Channels
  readonly live: LiveStates
  readonly audience: AudienceFacts
  readonly site: () => Site
  readonly publicUrl: () => string | undefined
  readonly embedOrigins: () => readonly string[]
}

/** Addresses that the web app answers itself (contracts: Pages; design: information architecture). */
const PAGES = [
  '/',
  '/index.html',
  '/search',
  '/sign-in',
  '/sign-up',
  '/invitation',
  '/verify',
  '/reset',
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
export const pageRoutes: FastifyPluginAsyncZod<PageRoutesOptions> = async (app, options) => {
  const { pages, channels, live, audience, site, publicUrl, embedOrigins } = options
  const config = { access: 'public', page: true } as const
  const embedPolicy = derived(embedOrigins, (origins) => contentSecurityPolicy(["'self'", ...origins]))
  const documents = new PageDocuments(pages)

  const sendPage = (request: FastifyRequest, reply: FastifyReply, what: Shown): FastifyReply => {
    const { status = 200, channel, poster, page, offline = false } = what
    const { theme, language: chosen } = request.cookies
    const document = documents.of({
      site: site(),
      publicUrl: publicUrl(),
      channel,
      poster,
      page,
      offline,
      language: pageLanguage(chosen, request.headers['accept-language']),
      theme: theme === 'light' || theme === 'dark' ? theme : undefined,
      files: page === undefined ? [] : documents.filesOf(page),
    })
    if (document === undefined) {
      throw new UnavailableError('the web app is not built: npm start builds it, or npm run build:web')
    }
    reply.header('vary', 'Accept-Encoding, Accept-Language, Cookie')
    return sendFile(request, reply.code(status), document)
  }
  // An unknown channel shows the page that says so, and search engines and monitors read the status.
  const sendChannel = async (request: ChannelRequest, reply: FastifyReply, page: 'watch' | 'embed') => {
    const found = await channelAt(request.params.slug)
    return sendPage(request, reply, found === undefined ? { status: 404 } : { ...found, page })
  }
  const channelAt = async (slug: string): Promise<Pick<Shown, 'channel' | 'poster'> | undefined> => {
    if (!isSlug(slug)) return undefined
    try {
      const record = await channels.get(slug)
      const poster = record.poster ?? live.get(slug)?.still
      return { channel: channelView(record, live, audience), poster }
    } catch (error) {
      if (error instanceof NotFoundError) return undefined
      throw error
    }
  }

  for (const url of PAGES) {
    const page = url === '/' || url === '/index.html' ? 'home' : undefined
    app.get(url, { config }, async (request, reply) => sendPage(request, reply, { page }))
  }
  for (const url of CHANNEL_PAGES) {
    app.get<{ Params: { slug: string } }>(url, { config }, async (request, reply) =>
      sendChannel(request, reply, 'watch'),
    )
  }
  app.get<{ Params: { slug: string } }>('/embed/:slug', { config }, async (request, reply) => {
    reply.header('content-security-policy', embedPolicy())
    return sendChannel(request, reply, 'embed')
  })
  // Kept by the service worker, and shown by it when nothing answers.
  app.get('/offline', { config }, async (request, reply) => sendPage(request, reply, { offline: true }))

  app.get('/*', { config }, async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const file = pages.get(path)
    if (file !== undefined) return sendFile(request, reply, file)
    const wantsPage = request.headers.accept?.includes('text/html') && !NOT_PAGES.test(path)
    if (!wantsPage) throw new NotFoundError('there is nothing at this address')
    return sendPage(request, reply, { status: 404 })
  })
}

type Shown = {
  readonly status?: 200 | 404
  readonly channel?: Channel | undefined
  readonly poster?: PictureSize | undefined
  readonly page?: 'home' | 'watch' | 'embed' | undefined
  readonly offline?: boolean
}
type ChannelRequest = FastifyRequest<{ Params: { slug: string } }>

function sendFile(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  const found = reply.statusCode === 200
  if (!reply.hasHeader('vary')) reply.header('vary', 'Accept-Encoding')
  reply.header('cache-control', found ? file.cacheControl : 'no-store')
  if (found) {
    reply.header('etag', file.etag)
    if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(file.etag)) return reply.code(304).send()
  }
  const encoding = encodingFor(request.headers['accept-encoding'], file)
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.type(file.type).send(encoding === undefined ? file.bytes : file[encoding])
}
