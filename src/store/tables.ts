import type { Generated } from 'kysely'
import type { LinkPurpose } from '../accounts/people/person-store.ts'
import type { ChatRole, ChatWriters } from '../contract/chat.ts'
import type { ChannelRole, PersonRole } from '../contract/people.ts'

/** The tables as the newest migration leaves them. Times are milliseconds since 1970, UTC. */
export type ChannelsTable = {
  id: string
  slug: string
  title: string
  description: string
  language: string | null
  /** A JSON list. */
  tags: string
  accent: string | null
  /** `PlannedBroadcast` as JSON. */
  next_broadcast: string | null
  /** `KeptPicture` as JSON. */
  poster: string | null
  logo: string | null
  created_at: number
  /** All media sequence numbers below are used or reserved. */
  next_media_sequence: number
  discontinuity_sequence: number
  longest_gop_ms: number
}

export type StreamKeysTable = {
  id: string
  channel_id: string
  hmac: string
  label: string
  created_at: number
  last_used_at: number | null
}

export type BroadcastsTable = {
  id: string
  channel_id: string
  started_at: number
  /** Null while the broadcast goes on, or may go on after a restart. */
  ended_at: number | null
  /** When the broadcast last told of itself. */
  seen_at: number
  /** `live`, or the process was killed; `stopped`: the server was; `lost`: left open, and another one began since. */
  state: 'live' | 'stopped' | 'ended' | 'lost'
  first_media_sequence: number
  /** Null in what older versions wrote, as all below. See `BroadcastRecord`. */
  title: string | null
  seconds: number | null
  peak_viewers: number | null
  total_viewers: number | null
  dropped_frames: number | null
  reconnects: number | null
  healthy_seconds: number | null
  look_seconds: number | null
  trouble_seconds: number | null
  chat_messages: number | null
}

/** See `AuditRecord`. */
export type AuditTable = {
  seq: Generated<number>
  at: number
  actor: string
  address: string
  action: string
  channel: string | null
  subject: string | null
  person: string | null
}

/** A channel's chat; made when somebody first comes. */
export type ChatRoomsTable = {
  channel_id: string
  /** All sequence numbers below are used or reserved. */
  next_seq: number
  mode: 'open' | 'slow' | 'off'
  slow_seconds: number | null
  /** Null: everybody. */
  writers: ChatWriters | null
}

/** See `StoredMessage`. */
export type ChatMessagesTable = {
  channel_id: string
  seq: number
  broadcast_id: string | null
  at: number
  person_id: string
  account_id: string | null
  name: string
  role: ChatRole
  text: string
  address: string | null
  removed_at: number | null
  removed_by: string | null
  /** The restriction that removed it, whose lifting may restore it. */
  restriction_id: string | null
  /** The sequence number of what it answers. */
  reply_to: number | null
}

/** See `StoredRestriction`. */
export type ChatRestrictionsTable = {
  id: string
  channel_id: string
  person_id: string
  name: string
  role: ChatRole
  kind: 'quiet' | 'ban'
  address: string | null
  until: number | null
  at: number
  by: string
  reason: string | null
}

/** See `PersonRecord`. */
export type PeopleTable = {
  id: string
  name: string
  email: string
  email_key: string
  email_verified: number
  role: PersonRole
  password_hash: string | null
  locale: string | null
  created_at: number
  last_seen_at: number | null
  disabled_at: number | null
  tokens_since: number
}

/** See `DeviceRecord`. */
export type DevicesTable = {
  id: string
  person_id: string
  agent: string
  address: string
  created_at: number
  last_used_at: number
  ends_at: number
  /** Null while it is signed in. */
  ended_at: number | null
  /** How many refresh tokens it had. */
  generation: number
  refresh_hash: string
  previous_hash: string | null
  rotated_at: number
}

/** See `SigningKeyRecord`. */
export type SigningKeysTable = { id: string; sealed: string; created_at: number }

/** See `LinkRecord`. */
export type OneTimeLinksTable = {
  id: string
  hash: string
  purpose: LinkPurpose
  email: string | null
  person_id: string | null
  role: PersonRole | null
  channel_id: string | null
  channel_role: ChannelRole | null
  made_by: string | null
  content: string | null
  created_at: number
  expires_at: number
}

/** Who belongs to a channel. */
export type ChannelMembersTable = { channel_id: string; person_id: string; role: ChannelRole; since: number }

export type ApiTokensTable = {
  id: string
  person_id: string
  hash: string
  label: string
  /** Words with a blank between them. */
  scopes: string
  created_at: number
  expires_at: number | null
  last_used_at: number | null
}

/** See `Followed`. */
export type FollowsTable = { person_id: string; channel_id: string; since: number }

/** See `Watched`. */
export type WatchedTable = {
  person_id: string
  broadcast_id: string
  channel_id: string
  first_at: number
  last_at: number
  seconds: number
}

export type MigrationsTable = { number: number; name: string; applied_at: number }

export type Tables = {
  channels: ChannelsTable
  stream_keys: StreamKeysTable
  broadcasts: BroadcastsTable
  audit: AuditTable
  chat_rooms: ChatRoomsTable
  follows: FollowsTable
  watched: WatchedTable
  chat_messages: ChatMessagesTable
  chat_restrictions: ChatRestrictionsTable
  people: PeopleTable
  devices: DevicesTable
  signing_keys: SigningKeysTable
  one_time_links: OneTimeLinksTable
  channel_members: ChannelMembersTable
  api_tokens: ApiTokensTable
  migrations: MigrationsTable
}
