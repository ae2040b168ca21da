import type { Config } from '../config/schema.ts'
import type { HttpSettings } from '../http/settings.ts'
import type { RtmpLimits } from '../ingest/rtmp/limits.ts'

/** The parts of the configuration as their readers name them. */
export function httpSettings(config: Config): HttpSettings {
  const { server, limits, observability } = config
  return {
    name: server.name,
    publicUrl: server.publicUrl,
    trustedProxies: server.trustedProxies,
    allowedOrigins: server.allowedOrigins,
    embedOrigins: server.embedOrigins,
    serviceWorker: server.serviceWorker,
    metricsToken: observability.metrics.token,
    http: limits.http,
    websocket: limits.websocket,
  }
}

export function rtmpLimits({ rtmp }: Config['limits']): Partial<RtmpLimits> {
  return {
    strangerBytes: rtmp.unauthenticatedBytes,
    strangerMs: rtmp.unauthenticatedSeconds * 1000,
    messageBytes: rtmp.messageBytes,
    connections: rtmp.connections,
    connectionsPerAddress: rtmp.connectionsPerAddress,
  }
}

/** The FFmpeg to run. */
export function ffmpegOf({ transcode }: Config): string {
  return transcode.ffmpeg === 'auto' ? 'ffmpeg' : transcode.ffmpeg
}
