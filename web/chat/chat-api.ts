import type { z } from 'zod'
import type { NewRestriction, RoomChange } from '../../src/contract/chat.ts'
import { call } from '../api/client.ts'

/** What a moderator asks for; the body of `POST …/restrictions`. */
export type Restrict = z.input<typeof NewRestriction>

/** Moderation of one channel's chat. Each throws ApiError. */
export function chatApi(slug: string) {
  return {
    remove: (seq: number) => call('DELETE /api/v1/channels/:slug/chat/messages/:seq', { params: { slug, seq } }),
    restore: (seq: number) => call('POST /api/v1/channels/:slug/chat/messages/:seq/restore', { params: { slug, seq } }),
    messagesOf: (person: string, cursor: string | null) =>
      call('GET /api/v1/channels/:slug/chat/messages', {
        params: { slug },
        query: { limit: 50, person, ...(cursor === null ? {} : { cursor }) },
      }),
    restrict: (body: Restrict) => call('POST /api/v1/channels/:slug/chat/restrictions', { params: { slug }, body }),
    restrictions: () =>
      call('GET /api/v1/channels/:slug/chat/restrictions', { params: { slug }, query: { limit: 100 } }),
    lift: (id: string) => call('DELETE /api/v1/channels/:slug/chat/restrictions/:id', { params: { slug, id } }),
    setRoom: (body: RoomChange) => call('PATCH /api/v1/channels/:slug/chat/room', { params: { slug }, body }),
  }
}
export type ChatApi = ReturnType<typeof chatApi>
