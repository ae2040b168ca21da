import type { Pair } from './pair.ts'

/** Told at each change; the listener's open connections stay as they are. */
type OnChange = (pair: Pair) => void

/** The certificate that listeners show now. Whoever gets a new one calls `set`; listeners follow. */
export class Certificates {
  #pair: Pair
  readonly #followers = new Set<OnChange>()

  constructor(first: Pair) {
    this.#pair = first
  }

  get current(): Pair {
    return this.#pair
  }

  set(pair: Pair): void {
    if (pair.fingerprint === this.#pair.fingerprint && pair.cert === this.#pair.cert) return
    this.#pair = pair
    for (const follow of this.#followers) follow(pair)
  }

  /** @returns what ends it */
  follow(follow: OnChange): () => void {
    this.#followers.add(follow)
    return () => this.#followers.delete(follow)
  }
}

/** Where a certificate comes from and is renewed: one of `server.https.mode`. */
export type CertificateSource = {
  readonly certificates: Certificates
  /** Begins to look after it. */
  start(): void
  /** Ends that, and waits for what is under way. */
  stop(): Promise<void>
  describe(): CertificateState
}

export type CertificateState = {
  /** Attempts to get a new certificate that failed, since the last that did not. */
  readonly failures: number
  readonly lastError: string | undefined
}
