/**
 * What HTTP needs of the configuration; named as there. It may change while the server runs: read it when it matters.
 */
export type HttpSettings = {
  /** `server.name` */
  readonly name: string
  /** `server.publicUrl` */
  readonly publicUrl?: string | undefined
  readonly trustedProxies: readonly string[]
  readonly allowedOrigins: readonly string[]
  readonly embedOrigins: readonly string[]
  /** `server.https.hsts`; 0: never */
  readonly hstsDays: number
  /** HTTPS shows a certificate that others trust. */
  readonly trustedCertificate: boolean
  /** `server.serviceWorker` */
  readonly serviceWorker: boolean
  /** `observability.metrics.token` */
  readonly metricsToken?: string | undefined
  /** `limits.http` */
  readonly http: {
    readonly connections: number
    readonly connectionsPerAddress: number
    readonly headerBytes: number
    readonly headerSeconds: number
    readonly bodyBytes: number
    /** Requests that change something; reading is not counted, as a whole school may share an address. */
    readonly apiRequestsPerMinute: number
  }
  /** `limits.websocket` */
  readonly websocket: {
    readonly connections: number
    readonly connectionsPerAddress: number
    readonly messageBytes: number
    readonly bufferedBytes: number
  }
}
