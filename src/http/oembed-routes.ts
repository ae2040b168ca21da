import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ChannelRecord } from '../accounts/channels/channel-store.ts'
import type { Channels } from '../accounts/channels/channels.ts'
import { NotFoundError, RefusedError, UnavailableError } from '../base/errors.ts'
import type { Site } from '../contract/channel.ts'
import { operations } from '../contract/operations.ts'
import { isSlug } from '../contract/slug.ts'
import { picturePath } from './channel-view.ts'
import { CARD, escapeHtml } from './page-head.ts'

export type OembedRoutesOptions = {
  readonly channels: Channels
  readonly site: () => Site
  readonly publicUrl: () => string | undefined
}

/** A player on a page of text. */
const USUAL_WIDTH = 640

/** How another site's editor turns the address of a channel into its player (oembed.com). */
export const oembedRoutes: FastifyPluginAsyncZod<OembedRoutesOptions> = async (app, options) => {
  const { channels, site } = options
  app.get(
    '/api/v1/oembed',
    { config: { access: 'public' }, schema: operations['GET /api/v1/oembed'] },
    async (request, reply) => {
      const { url, format, maxwidth, maxheight } = request.query
      const publicUrl = options.publicUrl()
      if (publicUrl === undefined) throw new UnavailableError('the operator must set server.publicUrl first')
      if (format !== 'json') throw new RefusedError('UNSUPPORTED', 'only JSON is spoken here')
      const channel = await channels.get(slugOf(url, publicUrl))
      const width = Math.min(maxwidth ?? USUAL_WIDTH, Math.floor(((maxheight ?? 10_000) * 16) / 9))
      const height = Math.round((width * 9) / 16)
      const absolute = (path: string) => new URL(path, publicUrl).href
      const { name } = site()
      reply.header('cache-control', 'public, max-age=300').header('access-control-allow-origin', '*')
      return {
        version: '1.0' as const,
        type: 'video' as const,
        title: channel.title,
        provider_name: name,
        provider_url: absolute('/'),
        cache_age: 300,
        ...thumbnailOf(channel, absolute),
        html: embedCode(absolute(`/embed/${channel.slug}`), channel.title, width, height),
        width,
        height,
      }
    },
  )
}

/** Its poster; without one the mark. */
function thumbnailOf(channel: ChannelRecord, absolute: (path: string) => string) {
  const path = picturePath(channel, 'poster')
  const { width, height } = channel.poster ?? CARD
  return { thumbnail_url: absolute(path ?? CARD.path), thumbnail_width: width, thumbnail_height: height }
}

/** @throws NotFoundError unless it is the address of a channel's page here */
function slugOf(url: string, publicUrl: string): string {
  const given = URL.canParse(url) ? new URL(url) : undefined
  const slug = /^\/(?:c|embed)\/([^/]+)\/?$/.exec(given?.pathname ?? '')?.[1]
  if (given?.host !== new URL(publicUrl).host || slug === undefined || !isSlug(slug)) {
    throw new NotFoundError('this is not the address of a channel here')
  }
  return slug
}

function embedCode(src: string, title: string, width: number, height: number): string {
  const allow = 'autoplay; fullscreen; picture-in-picture; screen-wake-lock'
  return `<iframe src="${escapeHtml(src)}" title="${escapeHtml(title)}" width="${width}" height="${height}" style="border:0" allow="${allow}" allowfullscreen></iframe>`
}
