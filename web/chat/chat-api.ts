import type { z } from 'zod'
import type {
  ModeratedMessageList,
  Restriction,
  RestrictionList,
  RoomChange,
  RoomMode,
} from '../../src/contract/chat.ts'
import { ask } from '../api/client.ts'

type MessageList = z.infer<typeof ModeratedMessageList>

/** What a moderator asks for; the body of `POST …/restrictions`. */
export type Restrict = {
  readonly person: string
  readonly kind: 'quiet' | 'ban'
  readonly seconds?: number
  readonly address?: boolean
  readonly removeMessages?: boolean
}

/** Moderation of one channel's chat. @throws ApiError */
export function chatApi(slug: string) {
  const base = `/channels/${encodeURIComponent(slug)}/chat`
  return {
    remove: (seq: number) => ask<null>('DELETE', `${base}/messages/${seq}`),
    restore: (seq: number) => ask<null>('POST', `${base}/messages/${seq}/restore`),
    messagesOf: (person: string, cursor: string | null) =>
      ask<MessageList>(
        'GET',
        `${base}/messages?limit=50&person=${encodeURIComponent(person)}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      ),
    restrict: (restriction: Restrict) => ask<Restriction>('POST', `${base}/restrictions`, restriction),
    restrictions: () => ask<z.infer<typeof RestrictionList>>('GET', `${base}/restrictions?limit=100`),
    lift: (id: string) => ask<null>('DELETE', `${base}/restrictions/${encodeURIComponent(id)}`),
    setRoom: (change: RoomChange) => ask<RoomMode>('PATCH', `${base}/room`, change),
  }
}
export type ChatApi = ReturnType<typeof chatApi>
