import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Audit } from '../accounts/audit.ts'
import { PICTURE_USES } from '../accounts/channels/channel-details.ts'
import { type ChannelPictures, PICTURE_BYTES } from '../accounts/channels/channel-pictures.ts'
import type { ChannelRecord } from '../accounts/channels/channel-store.ts'
import { MalformedError, NotFoundError } from '../base/errors.ts'
import { InvalidFieldError } from '../base/invalid-field-error.ts'
import type { Channel } from '../contract/channel.ts'
import { ChannelParams, operations } from '../contract/operations.ts'
import { isSlug } from '../contract/slug.ts'
import type { Picture } from '../formats/picture/picture.ts'
import { readPicture } from '../formats/picture/read-picture.ts'
import { actorOf } from './audit-routes.ts'

export type PictureRoutesOptions = {
  readonly pictures: ChannelPictures
  readonly view: (channel: ChannelRecord) => Channel
  readonly onChanged: (slug: string) => void
  readonly audit: Audit
}

/** What browsers call the files that are taken; what they are, their content says. */
const SENT_AS = ['image/png', 'image/jpeg', 'image/webp', 'application/octet-stream']
const FILE = /^(?:poster|logo)-([0-9a-f]{32})\.(png|jpg|webp)$/
const TYPES: Readonly<Record<string, string>> = { png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp' }
/** Should a browser ever show one as a page, nothing in it runs and nothing is loaded. */
const POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

/** Poster and logo of a channel: put, removed, and shown to everybody. */
export const pictureRoutes: FastifyPluginAsyncZod<PictureRoutesOptions> = async (app, options) => {
  const { pictures, view, onChanged, audit } = options
  // Here alone: nothing else takes anything but JSON.
  app.addContentTypeParser(SENT_AS, { parseAs: 'buffer' }, (_, body, done) => done(null, body))

  for (const use of PICTURE_USES) {
    const url = `/api/v1/channels/:slug/${use}` as const
    app.put(
      url,
      { config: { access: 'channel-owner', bodyBytes: PICTURE_BYTES }, schema: { params: ChannelParams } },
      async (request) => {
        const { slug } = request.params
        const channel = await pictures.put(slug, use, pictureOf(request.body))
        audit.record({ ...actorOf(request), action: 'channel.picture.put', channel: slug, subject: use })
        onChanged(slug)
        return view(channel)
      },
    )

    app.delete(url, { config: { access: 'channel-owner' }, schema: operations[`DELETE ${url}`] }, async (request) => {
      const { slug } = request.params
      const { channel, removed } = await pictures.remove(slug, use)
      if (removed) {
        audit.record({ ...actorOf(request), action: 'channel.picture.remove', channel: slug, subject: use })
        onChanged(slug)
      }
      return view(channel)
    })
  }

  app.get(
    '/media/channels/:slug/:file',
    { config: { access: 'public' }, schema: { params: z.object({ slug: z.string(), file: z.string() }) } },
    async (request, reply) => {
      const { slug, file } = request.params
      const [, hash, ending = ''] = FILE.exec(file) ?? []
      const bytes = hash === undefined || !isSlug(slug) ? undefined : await pictures.read({ slug, file })
      if (bytes === undefined) throw new NotFoundError('there is no such picture')
      const etag = `"${hash}"`
      reply.header('cache-control', 'public, max-age=31536000, immutable').header('etag', etag)
      reply.header('content-security-policy', POLICY).header('x-content-type-options', 'nosniff')
      // Cards of other sites show it.
      reply.header('cross-origin-resource-policy', 'cross-origin')
      if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(etag)) return reply.code(304).send()
      return reply.type(TYPES[ending] ?? 'application/octet-stream').send(bytes)
    },
  )
}

/** @throws InvalidFieldError with a sentence for who sent it */
function pictureOf(body: unknown): Picture {
  if (!Buffer.isBuffer(body) || body.byteLength === 0) {
    throw new InvalidFieldError('picture', 'send the bytes of a PNG, JPEG or WebP file as the body')
  }
  try {
    return readPicture(body)
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw new InvalidFieldError('picture', `the picture can't be shown: ${error.message}`)
  }
}
