import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ChannelRecord } from '../accounts/channel-store.ts'
import type { Channels } from '../accounts/channels.ts'
import { NotFoundError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { isLoopbackAddress } from '../base/loopback-address.ts'
import type { ChatRooms } from '../chat/rooms.ts'
import type { Viewers } from '../chat/viewers.ts'
import { addressOf } from './address.ts'
import { ChatConnection } from './chat-connection.ts'
import { CountedAttempts } from './counted-attempts.ts'
import { bearerOf } from './identity.ts'
import type { StateRooms } from './state-rooms.ts'

export type StateSocketOptions = {
  readonly channels: Channels
  readonly rooms: StateRooms
  readonly chat: ChatRooms
  readonly viewers: Viewers
  readonly log: Log
}

const KEYS_PER_MINUTE = 30

/** The one WebSocket of a page: the channel's state, its chat, and who watches. */
export const stateSocket: FastifyPluginAsyncZod<StateSocketOptions> = async (app, options) => {
  const { channels, rooms, chat, viewers, log } = options
  const records = new WeakMap<FastifyRequest, ChannelRecord>()
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
        records.set(request, await channels.get(request.params.slug))
        rooms.admit(addressOf(request))
      },
    },
    (socket, request) => {
      const channel = records.get(request)
      if (channel === undefined) return socket.close()
      const address = addressOf(request)
      const { role } = request.identity
      const bearer = bearerOf(request)
      rooms.join(
        channel,
        socket,
        request.raw.socket,
        address,
        (page) =>
          new ChatConnection({
            ...{ chat, viewers, channel, page, log },
            role: role === 'admin' || role === 'moderator' ? role : undefined,
            key: bearer?.startsWith('sk_') ? bearer : undefined,
            address: isLoopbackAddress(address) || address === 'local' ? undefined : address,
            mayTryKey: () => triedKeys.take(address),
            onFlood: () => rooms.flooded(address),
          }),
      )
    },
  )
}
