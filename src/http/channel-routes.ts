import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Channels } from '../accounts/channels.ts'
import type { Log } from '../base/log.ts'
import { Channel, ChannelList, ChannelWithKey, NewChannel } from '../contract/channel.ts'
import { channelView } from './channel-view.ts'
import type { LiveStates } from './live-states.ts'

export type ChannelRoutesOptions = {
  readonly channels: Channels
  readonly live: LiveStates
  /** A channel was removed: whoever watches it learns it. */
  readonly onRemoved: (slug: string) => void
  readonly log: Log
}

// Not the contract's Slug: whatever can't be a channel is just not there.
const Params = z.object({ slug: z.string() })
const Page = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(200).optional(),
})
const ChosenKey = z.strictObject({ key: NewChannel.shape.key }).nullish()

/** Channels: everybody reads, admins write. */
export const channelRoutes: FastifyPluginAsyncZod<ChannelRoutesOptions> = async (
  app,
  { channels, live, onRemoved, log },
) => {
  app.get(
    '/api/v1/channels',
    { config: { access: 'public' }, schema: { querystring: Page, response: { 200: ChannelList } } },
    async (request, reply) => {
      const { items, nextCursor } = await channels.list(request.query.limit, request.query.cursor)
      reply.header('cache-control', 'no-cache')
      return {
        items: items.map((channel) => channelView(channel, live.get(channel.slug))),
        nextCursor: nextCursor ?? null,
      }
    },
  )

  app.get(
    '/api/v1/channels/:slug',
    { config: { access: 'public' }, schema: { params: Params, response: { 200: Channel } } },
    async (request, reply) => {
      const channel = await channels.get(request.params.slug)
      reply.header('cache-control', 'no-cache')
      return channelView(channel, live.get(channel.slug))
    },
  )

  app.post(
    '/api/v1/channels',
    { config: { access: 'admin' }, schema: { body: NewChannel, response: { 201: ChannelWithKey } } },
    async (request, reply) => {
      const { channel, key } = await channels.create(request.body)
      log.info({ channel: channel.slug }, 'a channel was made')
      reply.code(201).header('location', `/api/v1/channels/${channel.slug}`).header('cache-control', 'no-store')
      return { channel: channelView(channel, live.get(channel.slug)), key }
    },
  )

  app.delete(
    '/api/v1/channels/:slug',
    { config: { access: 'admin' }, schema: { params: Params } },
    async (request, reply) => {
      const { slug } = request.params
      // First the record, so that the encoder can't come back between.
      await channels.remove(slug)
      live.end(slug, 'the channel was removed')
      onRemoved(slug)
      log.info({ channel: slug }, 'a channel was removed')
      return reply.code(204).send()
    },
  )

  app.post(
    '/api/v1/channels/:slug/key',
    { config: { access: 'admin' }, schema: { params: Params, body: ChosenKey, response: { 200: ChannelWithKey } } },
    async (request, reply) => {
      const { channel, key } = await channels.rotateKey(request.params.slug, request.body?.key)
      // Who had the old key may have it no longer: not even to go on with what began before.
      live.end(channel.slug, 'the stream key was changed')
      log.info({ channel: channel.slug }, 'a stream key was changed')
      reply.header('cache-control', 'no-store')
      return { channel: channelView(channel, live.get(channel.slug)), key }
    },
  )

  app.post(
    '/api/v1/channels/:slug/end',
    { config: { access: 'admin' }, schema: { params: Params, response: { 200: z.object({ ended: z.boolean() }) } } },
    async (request) => {
      const { slug } = await channels.get(request.params.slug)
      return { ended: live.end(slug, 'ended by the operator') }
    },
  )
}
