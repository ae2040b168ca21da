import type { AuthSettings } from '../accounts/accounts.ts'
import type { Config } from '../config/schema.ts'
import type { EdgeLimits } from '../deliver/edge/replies.ts'
import type { PlayerLimits } from '../deliver/flv/players.ts'
import type { HttpSettings } from '../http/settings.ts'
import { DEFAULT_RTMP_LIMITS, type RtmpLimits } from '../ingest/rtmp/limits.ts'
import type { HubLimits } from '../live/hub.ts'
import type { MailSettings } from '../mail/smtp-mailer.ts'
import type { StillSettings } from '../transcode/stills/stills.ts'
import type { TranscoderSettings } from '../transcode/transcoder.ts'

/** The parts of the configuration as their readers name them: for `ConfigInForce.view`. */
export function httpSettings(config: Config): HttpSettings {
  const { server, limits, observability } = config
  return {
    name: server.name,
    publicUrl: server.publicUrl,
    trustedProxies: server.trustedProxies,
    allowedOrigins: server.allowedOrigins,
    embedOrigins: server.embedOrigins,
    // Who accepted a certificate that nobody vouches for would be locked out by HSTS when it changes.
    hstsDays: server.https.mode === 'self-signed' ? 0 : server.https.hsts,
    trustedCertificate: server.https.mode === 'files' || server.https.mode === 'acme',
    serviceWorker: server.serviceWorker,
    metricsToken: observability.metrics.token,
    http: limits.http,
    websocket: limits.websocket,
  }
}

export function authSettings({ auth, server }: Config): AuthSettings {
  const { signUp, accessMinutes, refreshDays } = auth
  return { signUp, accessMinutes, refreshDays, publicUrl: server.publicUrl }
}

export function mailSettings({ auth, server }: Config): MailSettings {
  return { url: auth.mail.url, from: auth.mail.from, site: server.name }
}

export function rtmpLimits({ limits: { rtmp, http } }: Config): RtmpLimits {
  return {
    ...DEFAULT_RTMP_LIMITS,
    strangerBytes: rtmp.unauthenticatedBytes,
    strangerMs: rtmp.unauthenticatedSeconds * 1000,
    messageBytes: rtmp.messageBytes,
    connections: rtmp.connections,
    connectionsPerAddress: rtmp.connectionsPerAddress,
    stalledMs: http.stalledSeconds * 1000,
  }
}

export function hubLimits({ ingest, limits }: Config): HubLimits {
  const { graceSeconds, endSeconds } = ingest
  return { graceSeconds, endSeconds, maxBroadcasts: limits.publishers }
}

export function edgeLimits({ limits: { http } }: Config): EdgeLimits {
  return { maxWaiting: http.waitingRequests, stalledSeconds: http.stalledSeconds }
}

export function playerLimits({ limits: { players, http }, packaging }: Config): PlayerLimits {
  const { connections, bufferedBytes } = players
  const { flvMergeMs: mergeMs, mode } = packaging
  return { connections, bufferedBytes, stalledSeconds: http.stalledSeconds, mergeMs, packaged: mode === 'always' }
}

/** Without packaging there is nothing to go back to. */
export function stillSettings({ packaging }: Config): StillSettings {
  const { mode, dvrSeconds, endedSeconds } = packaging
  return { dvrSeconds: mode === 'off' ? 0 : dvrSeconds, endedSeconds }
}

/** What open chats and the pages around them show. */
export function chatOf({ chat, channels }: Config) {
  return { chat, channels: channels.map(({ slug, chat }) => ({ slug, chat })) }
}

/** What is made of a broadcast that begins on a channel: `auto`, `off`, or the name of a ladder. */
export function ladderOf({ transcode, channels }: Config, slug: string): string {
  return channels.find((channel) => channel.slug === slug)?.ladder ?? transcode.ladder
}

/** Whether a broadcast that begins on a channel has its sound in Opus too. */
export function opusOf({ transcode, channels }: Config, slug: string): boolean {
  return channels.find((channel) => channel.slug === slug)?.opus ?? transcode.opus
}

/** Some broadcast may have its sound in Opus too. */
export const wantsOpus = ({ transcode, channels }: Config): boolean =>
  transcode.opus || channels.some(({ opus }) => opus === true)

export function transcoderSettings({ transcode, packaging }: Config): TranscoderSettings {
  const { maxBroadcasts, onDemand, idleSeconds } = transcode
  return { maxBroadcasts, onDemand, idleSeconds, segmentSeconds: packaging.segmentSeconds }
}

/** The FFmpeg that the configuration names; undefined: see `findFfmpeg`. */
export function ffmpegOf({ transcode }: Config): string | undefined {
  return transcode.ffmpeg === 'auto' ? undefined : transcode.ffmpeg
}

/** What fills a channel's broadcast while its encoder is away: `off`, `poster` or a path. */
export function slateOf({ ingest, channels }: Config, slug: string): string {
  return channels.find((channel) => channel.slug === slug)?.slate ?? ingest.slate
}
