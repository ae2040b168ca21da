import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Audit } from '../accounts/audit.ts'
import type { ChannelDetails } from '../accounts/channels/channel-details.ts'
import type { ChannelRecord } from '../accounts/channels/channel-store.ts'
import type { Channels } from '../accounts/channels/channels.ts'
import type { Members } from '../accounts/channels/members.ts'
import type { Channel } from '../contract/channel.ts'
import { operations } from '../contract/operations.ts'
import { actorOf } from './audit-routes.ts'
import { type AudienceFacts, channelView } from './channel-view.ts'
import type { LiveStates } from './live-states.ts'

export type ChannelRoutesOptions = {
  readonly channels: Channels
  readonly members: Pick<Members, 'mayOwnMore'>
  readonly live: LiveStates
  readonly audience: AudienceFacts
  /** Its title, say, is another: whoever watches it learns it. */
  readonly onChanged: (slug: string) => void
  /** A channel was removed: whoever watches it learns it. */
  readonly onRemoved: (channel: ChannelRecord) => Promise<void>
  readonly audit: Audit
}

const LISTED_LENGTH = 200

/** Channels: everybody reads, owners change theirs, streamers make some of their own. */
export const channelRoutes: FastifyPluginAsyncZod<ChannelRoutesOptions> = async (
  app,
  { channels, members, live, audience, audit, onChanged, onRemoved },
) => {
  app.get(
    '/api/v1/channels',
    { config: { access: 'public' }, schema: operations['GET /api/v1/channels'] },
    async (request, reply) => {
      const { items, nextCursor } = await channels.list(request.query.limit, request.query.cursor)
      reply.header('cache-control', 'no-cache')
      return {
        items: items.map((channel) => withShortDescription(channelView(channel, live, audience))),
        nextCursor: nextCursor ?? null,
      }
    },
  )

  app.get(
    '/api/v1/channels/:slug',
    { config: { access: 'public' }, schema: operations['GET /api/v1/channels/:slug'] },
    async (request, reply) => {
      const channel = await channels.get(request.params.slug)
      reply.header('cache-control', 'no-cache')
      return channelView(channel, live, audience)
    },
  )

  app.post(
    '/api/v1/channels',
    { config: { access: 'streamer' }, schema: operations['POST /api/v1/channels'] },
    async (request, reply) => {
      const { role, person } = request.identity
      if (person !== undefined && role !== 'admin') await members.mayOwnMore(person.id)
      const { channel, key } = await channels.create(request.body, person?.id)
      const { slug, title } = channel
      audit.record({ ...actorOf(request), action: 'channel.create', channel: slug, subject: title })
      reply.code(201).header('location', `/api/v1/channels/${channel.slug}`).header('cache-control', 'no-store')
      return { channel: channelView(channel, live, audience), key }
    },
  )

  app.patch(
    '/api/v1/channels/:slug',
    { config: { access: 'channel-owner' }, schema: operations['PATCH /api/v1/channels/:slug'] },
    async (request) => {
      const { before, channel, changed } = await channels.change(request.params.slug, request.body)
      const { slug, title } = channel
      if (changed.includes('title')) {
        const subject = `“${before.title}” → “${title}”`
        audit.record({ ...actorOf(request), action: 'channel.rename', channel: slug, subject })
      }
      const others = changed.filter((name) => name !== 'title')
      if (others.length > 0) {
        const subject = others.map((name) => changeWords(name, channel)).join(', ')
        audit.record({ ...actorOf(request), action: 'channel.change', channel: slug, subject })
      }
      if (changed.length > 0) onChanged(slug)
      return channelView(channel, live, audience)
    },
  )

  app.delete(
    '/api/v1/channels/:slug',
    { config: { access: 'channel-owner' }, schema: operations['DELETE /api/v1/channels/:slug'] },
    async (request, reply) => {
      const { slug } = request.params
      // First the record, so that the encoder can't come back between.
      const channel = await channels.remove(slug)
      live.end(slug, 'the channel was removed')
      await onRemoved(channel)
      audit.record({ ...actorOf(request), action: 'channel.delete', channel: slug, subject: channel.title })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/api/v1/channels/:slug/key',
    { config: { access: 'channel-owner' }, schema: operations['POST /api/v1/channels/:slug/key'] },
    async (request, reply) => {
      const { channel, key, revoked } = await channels.rotateKey(request.params.slug, request.body?.key)
      // Who had an old key may have it no longer: not even to go on with what began before.
      live.revoke(channel.slug, revoked, 'the stream key was changed')
      live.end(channel.slug, 'the stream key was changed')
      audit.record({ ...actorOf(request), action: 'channel.key.rotate', channel: channel.slug })
      reply.header('cache-control', 'no-store')
      return { channel: channelView(channel, live, audience), key }
    },
  )

  app.post(
    '/api/v1/channels/:slug/end',
    { config: { access: 'channel-streamer' }, schema: operations['POST /api/v1/channels/:slug/end'] },
    async (request) => {
      const { slug } = await channels.get(request.params.slug)
      const ended = live.end(slug, 'ended by the operator')
      if (ended) audit.record({ ...actorOf(request), action: 'channel.end', channel: slug })
      return { ended }
    },
  )
}

/** Pages look at the list every few seconds: in it a description is only its beginning. */
function withShortDescription(channel: Channel): Channel {
  const { description } = channel
  if (description.length <= LISTED_LENGTH) return channel
  return { ...channel, description: `${[...description.slice(0, LISTED_LENGTH)].slice(0, -1).join('').trimEnd()}…` }
}

/** What a detail became, as the audit log says it; texts of many lines are only named. */
function changeWords(name: keyof ChannelDetails, channel: ChannelDetails): string {
  if (name === 'description') return channel.description === '' ? 'no description' : 'description'
  if (name === 'tags') return `tags: ${channel.tags.join(', ') || 'none'}`
  if (name === 'poster' || name === 'logo') return name
  if (name !== 'next') return `${name}: ${channel[name] ?? 'none'}`
  const { next } = channel
  return next === null ? 'no next broadcast' : `next broadcast: ${new Date(next.atMs).toISOString()} “${next.title}”`
}
