import type { ChannelRecord } from '../accounts/channel-store.ts'
import type { Channel } from '../contract/channel.ts'
import type { LiveFacts } from './live-states.ts'

/**
 * A channel as everybody may see it.
 * @param packaged see `LiveStates.packaged`
 */
export function channelView(record: ChannelRecord, facts: LiveFacts | undefined, packaged: boolean): Channel {
  const state = facts?.state ?? 'offline'
  return {
    slug: record.slug,
    title: record.title,
    live: state === 'live' || state === 'reconnecting',
    state,
    startedAt: iso(facts?.startedAtMs),
    endedAt: iso(facts?.endedAtMs),
    graceEndsAt: iso(facts?.graceEndsAtMs),
    viewers: 0,
    chat: false,
    presentation: facts?.presentation ?? null,
    video: facts?.video ?? null,
    playback: {
      hls: `/live/${record.slug}/index.m3u8`,
      dash: packaged ? `/live/${record.slug}/manifest.mpd` : null,
      flv: null,
      whep: null,
    },
    poster: null,
  }
}

function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
