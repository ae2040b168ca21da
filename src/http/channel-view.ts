import { isOver, type PictureUse } from '../accounts/channels/channel-details.ts'
import type { ChannelRecord } from '../accounts/channels/channel-store.ts'
import type { Channel } from '../contract/channel.ts'
import type { LiveStates } from './live-states.ts'

/** What is around a channel's picture. */
export type AudienceFacts = {
  /** Players that play. */
  viewers(slug: string): number
  /** Whether there is a chat. */
  chat(slug: string): boolean
}

/** A channel as everybody may see it. */
export function channelView(
  record: ChannelRecord,
  live: Pick<LiveStates, 'get' | 'packaged' | 'rewindSeconds'>,
  audience: AudienceFacts,
  nowMs = Date.now(),
): Channel {
  const { description, language, tags, accent } = record
  const facts = live.get(record.slug)
  const state = facts?.state ?? 'offline'
  const isPackaged = live.packaged(record.slug)
  const isLive = state === 'live' || state === 'reconnecting'
  return {
    slug: record.slug,
    title: record.title,
    ...{ description, language, tags: [...tags], accent },
    nextBroadcast: nextView(record, nowMs),
    live: isLive,
    state,
    startedAt: iso(facts?.startedAtMs),
    endedAt: iso(facts?.endedAtMs),
    graceEndsAt: iso(facts?.graceEndsAtMs),
    viewers: audience.viewers(record.slug),
    chat: audience.chat(record.slug),
    presentation: facts?.presentation ?? null,
    dvrSeconds: live.rewindSeconds(record.slug),
    video: facts?.video ?? null,
    playback: {
      hls: isPackaged ? `/live/${record.slug}/index.m3u8` : null,
      dash: isPackaged ? `/live/${record.slug}/manifest.mpd` : null,
      flv: isLive ? `/live/${record.slug}.flv` : null,
      whep: null,
    },
    still: isLive && facts?.still !== undefined ? `/live/${record.slug}/poster.jpg` : null,
    poster: picturePath(record, 'poster'),
    logo: picturePath(record, 'logo'),
  }
}

/** Where a picture of a channel is. */
export function picturePath(record: ChannelRecord, use: PictureUse): string | null {
  const picture = record[use]
  return picture === null ? null : `/media/channels/${record.slug}/${picture.file}`
}

function nextView({ next }: ChannelRecord, nowMs: number): Channel['nextBroadcast'] {
  if (next === null || isOver(next, nowMs)) return null
  return { at: new Date(next.atMs).toISOString(), title: next.title, minutes: next.minutes }
}

function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
