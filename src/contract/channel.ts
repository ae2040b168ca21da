import { z } from 'zod'
import { ChatServerMessage } from './chat.ts'

/** A channel's name in addresses. Reserved words and the `sk_` prefix are refused where a slug is made. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'use a-z, 0-9, - and _, at most 64, beginning with a letter or digit')

/**
 * What the audience sees of a channel's broadcast.
 * `starting`: an encoder is connected, nothing can be played yet. `reconnecting`: the encoder is gone or silent, the broadcast goes on.
 * `ended`: the last broadcast ended a moment ago and its live window can still be played.
 */
export const ChannelState = z.enum(['offline', 'starting', 'live', 'reconnecting', 'ended'])
export type ChannelState = z.infer<typeof ChannelState>

export const Playback = z.object({
  hls: z.string().nullable(),
  dash: z.string().nullable(),
  flv: z.string().nullable(),
  whep: z.string().nullable(),
})

/** What is announced: shown until it is over. */
export const NextBroadcast = z.object({
  at: z.iso.datetime(),
  title: z.string(),
  minutes: z.int().describe('How long it is planned to be.'),
})
export type NextBroadcast = z.infer<typeof NextBroadcast>

export const Channel = z.object({
  slug: Slug,
  title: z.string(),
  /** Plain text, lines divided by `\n`; empty: none. Whoever shows it must not read markup in it. */
  description: z.string(),
  /** Of what is said and shown, BCP 47; null: not told. */
  language: z.string().nullable(),
  tags: z.array(z.string()),
  /** The channel's colour, `#rrggbb`; a page derives from it what can be read on its grounds. */
  accent: z.string().nullable(),
  nextBroadcast: NextBroadcast.nullable(),
  /** True while `state` is `live` or `reconnecting`. */
  live: z.boolean(),
  state: ChannelState,
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  /** While reconnecting: when the broadcast ends unless the encoder returns. */
  graceEndsAt: z.iso.datetime().nullable(),
  /** Players that play now, by their heartbeat. */
  viewers: z.int(),
  /** Whether there is a chat beside the picture. */
  chat: z.boolean(),
  /** Changes when a player must load the playlist anew: another broadcast, a server restart, a track that came late. */
  presentation: z.string().nullable(),
  /** How far one can rewind while a broadcast goes on, seconds: the playlists with `?dvr=1`. 0: no further than they reach without. */
  dvrSeconds: z.int(),
  /** Of the source picture; null without one. */
  video: z.object({ width: z.int(), height: z.int() }).nullable(),
  playback: Playback,
  /** Address of a picture of what is on air, ten seconds old at most; null while there is none. */
  still: z.string().nullable(),
  /** Address of a picture that stands for the channel; another for every content. */
  poster: z.string().nullable(),
  logo: z.string().nullable(),
})
export type Channel = z.infer<typeof Channel>

export const ChannelList = z.object({ items: z.array(Channel), nextCursor: z.string().nullable() })

/** `GET /api/v1/site`: what the page must know of this server before anything else. */
export const Site = z.object({
  name: z.string(),
  /** Where encoders connect, so that a page can show their address; null while nothing listens. */
  rtmpPort: z.int().nullable(),
  /** The same over TLS; null: not offered, or with a certificate that encoders refuse. */
  rtmpsPort: z.int().nullable(),
  /** Who may make an account: everybody, who was invited, or nobody. */
  signUp: z.enum(['open', 'invitation', 'closed']),
  /** Whether letters are sent: without, nobody can be helped who forgot a password. */
  mail: z.boolean(),
})
export type Site = z.infer<typeof Site>

/** Messages of the channel's WebSocket, server to page. The first one is the state. */
export const ServerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), channel: Channel, /** The server's clock. */ now: z.iso.datetime() }),
  ...ChatServerMessage.options,
])
export type ServerMessage = z.infer<typeof ServerMessage>

export const NewChannel = z.strictObject({
  slug: Slug,
  title: z.string().trim().min(1).max(120).optional(),
  /** A chosen stream key: `sk_` and at least 20 characters in all. Left out: one is made. */
  key: z.string().optional(),
})
export type NewChannel = z.infer<typeof NewChannel>

/** `PATCH /api/v1/channels/:slug`: what is left out stays. */
export const ChannelChange = z.strictObject({
  title: z.string().trim().min(1).max(120).optional(),
  description: z.string().trim().max(2000).optional(),
  language: z.string().min(2).max(35).nullable().optional().describe('BCP 47, such as `de` or `pt-BR`.'),
  tags: z.array(z.string().trim().min(1).max(30)).max(10).optional(),
  accent: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'a colour such as #0b6670')
    .nullable()
    .optional(),
  nextBroadcast: z
    .strictObject({
      at: z.iso.datetime({ offset: true }),
      title: z.string().trim().min(1).max(120),
      minutes: z.int().min(1).max(1440),
    })
    .nullable()
    .optional(),
})
export type ChannelChange = z.infer<typeof ChannelChange>

/** The one answer that ever contains the key. */
export const ChannelWithKey = z.object({ channel: Channel, key: z.string() })

/** RFC 9457. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>
