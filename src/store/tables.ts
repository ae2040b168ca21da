import type { Generated } from 'kysely'

/** The tables as the newest migration leaves them. Times are milliseconds since 1970, UTC. */
export type ChannelsTable = {
  id: string
  slug: string
  title: string
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
}

export type MigrationsTable = { number: number; name: string; applied_at: number }

export type Tables = {
  channels: ChannelsTable
  stream_keys: StreamKeysTable
  broadcasts: BroadcastsTable
  audit: AuditTable
  migrations: MigrationsTable
}
