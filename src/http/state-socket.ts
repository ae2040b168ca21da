import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ChannelRecord } from '../accounts/channels/channel-store.ts'
import type { Channels } from '../accounts/channels/channels.ts'
import { includes, type Members } from '../accounts/channels/members.ts'
import type { Follows } from '../accounts/following/follows.ts'
import type { WatchHistory } from '../accounts/following/watch-history.ts'
import { NotFoundError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { isLoopbackAddress } from '../base/loopback-address.ts'
import type { ChatRooms, SignedInStanding } from '../chat/rooms.ts'
import type { Viewers } from '../chat/viewers.ts'
import { addressOf } from './address.ts'
import { ChatConnection } from './chat-connection.ts'
import { CountedAttempts } from './counted-attempts.ts'
import { bearerOf, type Identity } from './identity.ts'
import type { LiveStates } from './live-states.ts'
import type { StateRooms } from './state-rooms.ts'

export type StateSocketOptions = {
  readonly channels: Channels
  readonly members: Members
  readonly rooms: StateRooms
  readonly chat: ChatRooms
  readonly viewers: Viewers
  readonly live: Pick<LiveStates, 'broadcastId'>
  readonly watched: Pick<WatchHistory, 'heard'>
  readonly follows: Pick<Follows, 'since'>
  readonly log: Log
}

const KEYS_PER_MINUTE = 30

/** The one WebSocket of a page: the channel's state, its chat, and who watches. */
export const stateSocket: FastifyPluginAsyncZod<StateSocketOptions> = async (app, options) => {
  const { channels, members, rooms, chat, viewers, live, watched, follows, log } = options
  const records = new WeakMap<FastifyRequest, { channel: ChannelRecord; standing: SignedInStanding | undefined }>()
  const triedKeys = new CountedAttempts({ max: KEYS_PER_MINUTE, windowMs: 60_000 })

  app.get(
    '/api/v1/channels/:slug/ws',
    {
      websocket: true,
      config: { access: 'public', socket: true },
      schema: { params: z.object({ slug: z.string() }) },
      // Here refusals are still answers of HTTP.
      preHandler: async (request) => {
        if (!request.ws) throw new NotFoundError('this address speaks WebSocket only')
        const channel = await channels.get(request.params.slug)
        records.set(request, { channel, standing: await standingOf(request.identity, channel.slug, members, follows) })
        rooms.admit(addressOf(request))
      },
    },
    (socket, request) => {
      const record = records.get(request)
      if (record === undefined) return socket.close()
      const { channel, standing } = record
      const address = addressOf(request)
      const { person, device } = request.identity
      const bearer = bearerOf(request)
      rooms.join(
        channel,
        socket,
        request.raw.socket,
        address,
        (page) =>
          new ChatConnection({
            ...{ chat, viewers, channel, page, log },
            standing,
            key: bearer?.startsWith('sk_') ? bearer : undefined,
            address: isLoopbackAddress(address) || address === 'local' ? undefined : address,
            mayTryKey: () => triedKeys.take(address),
            onFlood: () => rooms.flooded(address),
            onWatching: () => {
              const broadcastId = person === undefined ? undefined : live.broadcastId(channel.slug)
              if (person !== undefined && broadcastId !== undefined) watched.heard(person.id, channel.id, broadcastId)
            },
          }),
        person === undefined ? undefined : { personId: person.id, deviceId: device },
      )
    },
  )
}

/** What somebody is in a channel's chat by being signed in: its owner and streamers are its hosts. */
async function standingOf(
  { role, person, scopes }: Identity,
  slug: string,
  members: Members,
  follows: Pick<Follows, 'since'>,
): Promise<SignedInStanding | undefined> {
  if (scopes !== undefined && !scopes.includes('chat')) return undefined
  const following = person !== undefined && (await follows.since(person.id, slug)) !== undefined
  if (role === 'admin') return { role: 'admin', moderates: true, follows: following, account: person }
  if (person === undefined) return undefined
  const own = await members.roleIn(slug, person.id)
  const moderates = includes(own, 'moderator')
  const rest = { moderates, follows: following, account: person }
  if (includes(own, 'streamer')) return { role: 'host', ...rest }
  return { role: moderates ? 'moderator' : 'member', ...rest }
}
