import { ServerProcess } from '../../test/light/server-process.ts'
import type { Running, Target } from './target.ts'

export type OursOptions = {
  readonly packaging: 'off' | 'always'
  readonly profile?: 'standard' | 'low'
  /** A broadcast whose publisher left stays as it is. */
  readonly graceSeconds?: number
  /** Channels that are there without a publisher. */
  readonly channels?: readonly string[]
  /** `packaging.flvMergeMs` */
  readonly mergeMs?: number
  /** Also by HTTPS, with a certificate of its own. */
  readonly https?: boolean
}

/** This project's server by itself, as `npm start` runs it. */
export function ours({
  packaging,
  profile = 'standard',
  graceSeconds = 60,
  channels = [],
  mergeMs,
  https = false,
}: OursOptions): Target {
  return {
    name: 'ours',
    missing: () => undefined,
    async start(): Promise<Running> {
      const server = await ServerProcess.start({
        readyWithinMs: 60_000,
        ...(profile === 'low' && { profile }),
        ...(https && { https: 'mode: self-signed' }),
        yaml:
          'limits: { publishers: 1000, rtmp: { connectionsPerAddress: 1000 },' +
          ' websocket: { connectionsPerAddress: 20000 } }\nobservability: { log: { level: warn } }\n' +
          // No other server makes smaller pictures by itself.
          "transcode: { ladder: 'off' }\n" +
          (channels.length === 0 ? '' : `channels: [${channels.map((slug) => `{ slug: ${slug} }`).join(', ')}]\n`),
        sections: {
          ingest: `endSeconds: 1, graceSeconds: ${graceSeconds}`,
          packaging: `mode: ${packaging}, flvMergeMs: ${mergeMs ?? 'auto'}`,
        },
      })
      return {
        pid: server.child.pid ?? 0,
        rtmpPort: server.rtmpPort,
        httpPort: server.httpPort,
        ...(https && { httpsPort: server.httpsPort }),
        [Symbol.asyncDispose]: () => server.stop(),
      }
    },
  }
}
