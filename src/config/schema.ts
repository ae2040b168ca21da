import { z } from 'zod'
import { Channels } from './sections/channels.ts'
import { Ingest, WebRtc } from './sections/ingest.ts'
import { Limits } from './sections/limits.ts'
import { Packaging, Recording, Transcode } from './sections/media.ts'
import { Server } from './sections/server.ts'
import {
  Auth,
  Bus,
  Chat,
  Cluster,
  Database,
  Monetization,
  Notifications,
  Observability,
  Storage,
} from './sections/site.ts'

/**
 * Every setting, once. From here come the types, the defaults, the validation, `streamhost.config.yaml`,
 * `config/config.schema.json` and the table in `docs/configuration.md`.
 */
export const Config = z.strictObject({
  server: Server,
  ingest: Ingest,
  packaging: Packaging,
  storage: Storage,
  channels: Channels,
  observability: Observability,
  limits: Limits,
  transcode: Transcode,
  recording: Recording,
  chat: Chat,
  webrtc: WebRtc,
  database: Database,
  bus: Bus,
  auth: Auth,
  monetization: Monetization,
  notifications: Notifications,
  cluster: Cluster,
})
export type Config = z.infer<typeof Config>

export type ServerConfig = Config['server']
export type IngestConfig = Config['ingest']
export type PackagingConfig = Config['packaging']
export type StorageConfig = Config['storage']
export type ObservabilityConfig = Config['observability']
export type LimitsConfig = Config['limits']
export type { ChannelConfig } from './sections/channels.ts'
