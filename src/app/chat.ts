import type { Channels } from '../accounts/channels/channels.ts'
import type { Secrets } from '../accounts/secrets.ts'
import { derived } from '../base/derived.ts'
import type { Log } from '../base/log.ts'
import { ChatRooms } from '../chat/rooms.ts'
import type { ChatSettings } from '../chat/settings.ts'
import { textFrames } from '../http/text-frames.ts'
import type { Hub } from '../live/hub.ts'
import type { Store } from '../store/store.ts'
import type { ConfigInForce } from './reload/config-in-force.ts'

export type ChatParts = {
  readonly inForce: ConfigInForce
  readonly store: Store
  readonly channels: Channels
  readonly secrets: Pick<Secrets, 'keySecret'>
  readonly hub?: Hub
  readonly log: Log
}

/** The chat of this server: what the file says, the store, the keys, and the broadcasts that its messages belong to. */
export function makeChat({ inForce, store, channels, secrets, hub, log }: ChatParts): ChatRooms {
  const declared = derived(
    () => inForce.config.channels,
    (declared) => new Map(declared.map(({ slug, chat }) => [slug, chat])),
  )
  const settings = (slug: string): ChatSettings =>
    inForce.view(({ chat }) => {
      const { enabled = chat.enabled, guests = chat.guests } = declared().get(slug) ?? {}
      return { ...chat, enabled, guests }
    })
  return new ChatRooms({
    store: store.chat,
    secret: secrets.keySecret,
    keys: channels,
    settings,
    limits: inForce.view(({ limits }) => limits.chat),
    reservedNames: derived(
      () => inForce.config,
      ({ chat, server }) => [...chat.reservedNames, server.name],
    ),
    frame: textFrames,
    broadcastId: (slug) => hub?.state(slug)?.broadcastId,
    log,
  })
}
