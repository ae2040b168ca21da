import type { TLSSocket } from 'node:tls'
import type { Log } from '../base/log.ts'
import { acmeDomains, type Config } from '../config/schema.ts'
import { CertificateFiles } from '../tls/certificate-files.ts'
import type { CertificateSource } from '../tls/certificates.ts'
import { type AlpnChallenges, TlsListener } from '../tls/listener.ts'
import { ownHosts } from './own-hosts.ts'

export type SourceOfCertificate = CertificateSource & {
  /** Of challenges of ACME under way; no other source has any. */
  readonly challenges?: AlpnChallenges & { answer(token: string): string | undefined }
  /** Of files: reads these, or the same ones, at a reload. @returns what puts them to use @throws CertificateFileError */
  prepare?(files: { readonly cert?: string | undefined; readonly key?: string | undefined }): Promise<() => void>
}

/** Where the certificate comes from, as `server.https.mode` has it. @throws CertificateFileError */
export async function openCertificate(config: Config, log: Log): Promise<SourceOfCertificate | undefined> {
  const { https, publicUrl } = config.server
  const { dataDir } = config.storage
  const child = log.child({ component: 'tls' })
  const outside = publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[(.*)\]$/, '$1')]
  switch (https.mode) {
    case 'off':
      return undefined
    case 'self-signed': {
      // Loaded only where they are needed: megabytes that nobody else has a use for.
      const { SelfSigned } = await import('../tls/self-signed.ts')
      return SelfSigned.open({ dataDir, hosts: [...outside, ...ownHosts()], mustHave: outside, log: child })
    }
    case 'files':
      // The schema saw to it that both are there.
      return CertificateFiles.open({ cert: https.cert ?? '', key: https.key ?? '', log: child })
    case 'acme': {
      const { Acme } = await import('../tls/acme/acme.ts')
      return Acme.open({ ...https.acme, dataDir, domains: acmeDomains(config.server), log: child })
    }
  }
}

/** The two doors with that certificate. They don't listen yet. */
export function makeDoors(
  config: Config,
  source: SourceOfCertificate,
  take: {
    /** Speaks HTTP with a connection: `h2` or `http/1.1` by its `alpnProtocol`. */
    readonly https: (socket: TLSSocket) => void
    readonly rtmps: (socket: TLSSocket) => void
  },
  enter: {
    readonly https: (remoteAddress: string | undefined) => (() => void) | undefined
    readonly rtmps: (remoteAddress: string | undefined) => (() => void) | undefined
  },
): { readonly https: TlsListener; readonly rtmps: TlsListener } {
  const { http, rtmp } = config.limits
  const { certificates, challenges } = source
  return {
    https: new TlsListener({
      ...{ certificates, protocols: ['h2', 'http/1.1'], handshakeSeconds: http.headerSeconds },
      ...(challenges !== undefined && { challenges }),
      ...{ maxConnections: http.connections, enter: enter.https, onSocket: take.https },
    }),
    rtmps: new TlsListener({
      // Nobody has registered a name for it; encoders send none.
      ...{ certificates, protocols: [], handshakeSeconds: rtmp.unauthenticatedSeconds },
      ...{ maxConnections: rtmp.connections, enter: enter.rtmps, onSocket: take.rtmps },
    }),
  }
}
