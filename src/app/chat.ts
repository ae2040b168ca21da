import type { Channels } from '../accounts/channels.ts'
import type { Secrets } from '../accounts/secrets.ts'
import type { Log } from '../base/log.ts'
import { ChatRooms } from '../chat/rooms.ts'
import type { ChatSettings } from '../chat/settings.ts'
import type { Config } from '../config/schema.ts'
import { textFrames } from '../http/text-frames.ts'
import type { Hub } from '../live/hub.ts'
import type { Store } from '../store/store.ts'

export type ChatParts = {
  readonly config: Config
  readonly store: Store
  readonly channels: Channels
  readonly secrets: Pick<Secrets, 'keySecret'>
  readonly hub?: Hub
  readonly log: Log
}

/** The chat of this server: what the file says, the store, the keys, and the broadcasts that its messages belong to. */
export function makeChat({ config, store, channels, secrets, hub, log }: ChatParts): ChatRooms {
  const declared = new Map(config.channels.map(({ slug, chat }) => [slug, chat]))
  const settings = (slug: string): ChatSettings => {
    const own = declared.get(slug)
    const { enabled, guests } = config.chat
    return { ...config.chat, enabled: own?.enabled ?? enabled, guests: own?.guests ?? guests }
  }
  return new ChatRooms({
    store: store.chat,
    secret: secrets.keySecret,
    keys: channels,
    settings,
    limits: config.limits.chat,
    reservedNames: [...config.chat.reservedNames, config.server.name],
    frame: textFrames,
    broadcastId: (slug) => hub?.state(slug)?.broadcastId,
    log,
  })
}
