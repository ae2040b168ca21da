import { isIP } from 'node:net'
import { z } from 'zod'
import { collide, type Listener, listenersOf } from './listeners.ts'
import { Auth } from './sections/auth.ts'
import { Channels } from './sections/channels.ts'
import { Ingest, WebRtc } from './sections/ingest.ts'
import { Limits } from './sections/limits.ts'
import { Packaging, Recording, Transcode } from './sections/media.ts'
import { Server } from './sections/server.ts'
import { Bus, Chat, Cluster, Database, Monetization, Notifications, Observability, Storage } from './sections/site.ts'
import { definitionAt } from './setting.ts'

/**
 * Every setting, once. From here come the types, the defaults, the validation, `streamhost.config.yaml`,
 * `config/config.schema.json` and the table in `docs/configuration.md`.
 */
export const Config = z
  .strictObject({
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
  .superRefine(agree)
export type Config = z.infer<typeof Config>

/** What no single setting can know. */
function agree(
  config: {
    readonly ingest: z.output<typeof Ingest>
    readonly packaging: z.output<typeof Packaging>
    readonly server: z.output<typeof Server>
    readonly auth: z.output<typeof Auth>
  },
  context: z.RefinementCtx,
): void {
  const { ingest, packaging, server, auth } = config
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  if (ingest.open && !LOOPBACK.test(ingest.rtmp.host)) {
    refuse(['ingest', 'open'], 'false unless ingest.rtmp.host is a loopback address such as 127.0.0.1')
  }
  const listeners = listenersOf(config)
  for (const [index, listener] of listeners.entries()) {
    const other = listeners.slice(0, index).find((earlier) => collide(earlier, listener))
    if (other === undefined) continue
    // The one that somebody wrote: the other's may be the default.
    const [wrong, taken] = isUsual(listener) ? [other, listener] : [listener, other]
    refuse(portPath(wrong), `a port of its own: ${taken.section}.port has it`)
  }
  if (packaging.maxSegmentSeconds < packaging.segmentSeconds) {
    refuse(
      ['packaging', 'maxSegmentSeconds'],
      `at least packaging.segmentSeconds, which is ${packaging.segmentSeconds}`,
    )
  }
  if (server.publicUrl === undefined) {
    // What is sent can't say where it came from otherwise: a request's own words would be those of whoever sent it.
    if (auth.signUp === 'open') {
      refuse(['auth', 'signUp'], 'invitation or closed, unless server.publicUrl says where the links in mail lead')
    }
    if (auth.mail.url !== undefined) {
      refuse(
        ['server', 'publicUrl'],
        'the address under which people reach this server, as auth.mail sends links to it',
      )
    }
  }
  if (auth.mail.url !== undefined && auth.mail.from === undefined) {
    refuse(['auth', 'mail', 'from'], 'the address that mail comes from, as auth.mail.url is set')
  }
  if (server.https.mode === 'files') {
    for (const name of ['cert', 'key'] as const) {
      if (server.https[name] === undefined) refuse(['server', 'https', name], 'a file, as server.https.mode is files')
    }
  }
  if (server.https.mode === 'acme') {
    if (!server.https.acme.agreeTerms) {
      refuse(['server', 'https', 'acme', 'agreeTerms'], 'true, once you have read the authority’s terms of service')
    }
    if (acmeDomains(server).length === 0) {
      refuse(
        ['server', 'https', 'acme', 'domains'],
        'a name, or server.publicUrl with one, as server.https.mode is acme',
      )
    }
  }
}

const portPath = ({ section }: Listener): string[] => [...section.split('.'), 'port']

const isUsual = (listener: Listener): boolean => definitionAt(Config, portPath(listener))?.fallback === listener.port

/** The names that an ACME certificate is for; addresses can't have one. */
export function acmeDomains(server: z.output<typeof Server>): readonly string[] {
  const { domains } = server.https.acme
  if (domains.length > 0) return domains
  const name = server.publicUrl === undefined ? '' : new URL(server.publicUrl).hostname
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) === 0 && name.includes('.') ? [name] : []
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/

export type ServerConfig = Config['server']
export type IngestConfig = Config['ingest']
export type PackagingConfig = Config['packaging']
export type StorageConfig = Config['storage']
export type ObservabilityConfig = Config['observability']
export type LimitsConfig = Config['limits']
export type { ChannelConfig } from './sections/channels.ts'
