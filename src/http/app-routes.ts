import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { NotFoundError } from '../base/errors.ts'
import type { Site } from '../contract/channel.ts'
import type { PageFiles } from './page-files.ts'
import { pageLanguage, pageWords } from './page-words.ts'

export type AppRoutesOptions = {
  readonly site: () => Site
  readonly publicUrl: () => string | undefined
  /** `server.serviceWorker` */
  readonly worker: () => boolean
  readonly pages: PageFiles
}

const SERVICE_WORKER = '/sw.js'
/** `--bg` of the page in light; an installed page changes it to the reader's theme by itself. */
const GROUND = '#f3f6f5'

/**
 * Takes the place of a service worker that is not wanted any more: removes what was kept, then itself, and loads the
 * pages anew that were under it.
 */
const FAREWELL = `addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) await caches.delete(name)
  await registration.unregister()
  for (const client of await clients.matchAll({ type: 'window' })) await client.navigate(client.url).catch(() => undefined)
})()))
`

/** What makes the page an app, and what search engines ask first. */
export const appRoutes: FastifyPluginAsyncZod<AppRoutesOptions> = async (app, { site, publicUrl, worker, pages }) => {
  const config = { access: 'public', page: true } as const

  // Web Application Manifest (W3C): the organisation's name, not ours.
  app.get('/manifest.webmanifest', { config }, async (request, reply) => {
    const language = pageLanguage(request.cookies.language, request.headers['accept-language'])
    reply.header('cache-control', 'no-cache').header('vary', 'Accept-Language, Cookie')
    reply.type('application/manifest+json; charset=utf-8')
    return reply.serializer(JSON.stringify).send(manifest(site().name, language))
  })

  app.get('/robots.txt', { config }, async (_, reply) => {
    reply.header('cache-control', 'public, max-age=3600').type('text/plain; charset=utf-8')
    return 'User-agent: *\nDisallow: /admin\nDisallow: /api/\nDisallow: /studio\nDisallow: /sign-in\n'
  })

  // Browsers look for a new one at every visit, and must not find an old one in a cache.
  app.get(SERVICE_WORKER, { config }, async (_, reply) => {
    const file = worker() ? pages.get(SERVICE_WORKER)?.bytes : Buffer.from(FAREWELL)
    if (file === undefined) throw new NotFoundError('there is no service worker')
    reply.header('cache-control', 'no-cache').type('text/javascript; charset=utf-8')
    return reply.send(file)
  })

  function manifest(name: string, language: 'en' | 'de') {
    const words = pageWords(language)
    const home = publicUrl()
    const icon = (file: string, sizes: string, purpose: string) => {
      const type = file.endsWith('.svg') ? 'image/svg+xml' : 'image/png'
      return { src: file, sizes, type, purpose }
    }
    return {
      id: home === undefined ? '/' : new URL('/', home).href,
      name,
      // Launchers show about a dozen letters; a cut at a word is better than theirs.
      short_name: name.length <= 12 ? name : (name.split(/\s+/)[0] ?? name).slice(0, 12),
      lang: language,
      dir: 'auto',
      start_url: '/',
      scope: '/',
      display: 'standalone',
      background_color: GROUND,
      theme_color: GROUND,
      icons: [
        icon('/icons/icon-192.png', '192x192', 'any'),
        icon('/icons/icon-512.png', '512x512', 'any'),
        icon('/icons/maskable-192.png', '192x192', 'maskable'),
        icon('/icons/maskable-512.png', '512x512', 'maskable'),
      ],
      shortcuts: [
        { name: words.onNow, url: '/' },
        { name: words.channels, url: '/admin' },
      ],
    }
  }
}
