import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ChannelRecord } from '../accounts/channel-store.ts'
import type { Channels } from '../accounts/channels.ts'
import { NotFoundError } from '../base/errors.ts'
import { addressOf } from './address.ts'
import type { StateRooms } from './state-rooms.ts'

export type StateSocketOptions = { readonly channels: Channels; readonly rooms: StateRooms }

/** The one WebSocket of a page: now the channel's state; later chat, reactions and presence. */
export const stateSocket: FastifyPluginAsyncZod<StateSocketOptions> = async (app, { channels, rooms }) => {
  const records = new WeakMap<FastifyRequest, ChannelRecord>()

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
      const record = records.get(request)
      if (record === undefined) socket.close()
      else rooms.join(record, socket, addressOf(request))
    },
  )
}
