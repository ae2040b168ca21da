/** A server under measurement, running. */
export type Running = AsyncDisposable & {
  /** The top of its process tree. */
  readonly pid: number
  readonly rtmpPort: number
  readonly httpPort: number
  /** TLS and HTTP/2, where it has them. */
  readonly httpsPort?: number
}

/** How one server is started. One file for each. */
export type Target = {
  readonly name: string
  /** @returns why it can't be measured here; undefined: it can */
  readonly missing: () => string | undefined
  readonly start: () => Promise<Running>
}
