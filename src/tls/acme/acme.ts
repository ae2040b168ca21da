import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { readAuthority } from '../certificate-files.ts'
import { type CertificateSource, type CertificateState, Certificates } from '../certificates.ts'
import { readPair, writePair, writeSecret } from '../kept-pair.ts'
import { isFor, type Pair } from '../pair.ts'
import { makeSelfSigned } from '../self-signed.ts'
import { Challenges } from './challenges.ts'
import { type ChallengeType, OrderError, obtain } from './order.ts'
import { firstAttemptAtMs, renewalAtMs, waitMs } from './schedule.ts'

export type AcmeOptions = {
  readonly dataDir: string
  readonly directory: string
  readonly domains: readonly string[]
  readonly email?: string | undefined
  readonly challenge: 'auto' | ChallengeType
  /** File with the certificates that the authority's server is checked by. */
  readonly ca?: string | undefined
  readonly log: Log
}

/** Timers are set anew at least so often: a machine may have slept, or its clock been set. */
const LONGEST_TIMER_MS = 3_600_000
/** Failures that are remembered over restarts. */
const REMEMBERED = 20

/**
 * The certificate of mode `acme`: asked for at once, renewed after two thirds of its life, tried again ever more seldom when
 * that fails. Until the first one is there a self-signed one is shown, so that the server starts at once. Account key,
 * certificate and failures are in `<dataDir>/tls/acme/<authority>/`.
 */
export class Acme implements CertificateSource {
  readonly certificates: Certificates
  readonly challenges = new Challenges()
  readonly #options: AcmeOptions
  readonly #directory: string
  readonly #ca: string | undefined
  readonly #stop = new AbortController()
  #failedAtMs: number[]
  #failures = 0
  #lastError: string | undefined
  #timer: NodeJS.Timeout | undefined
  #attempt: Promise<void> = Promise.resolve()

  private constructor(options: AcmeOptions, directory: string, ca: string | undefined, first: Pair, failed: number[]) {
    this.#options = options
    this.#directory = directory
    this.#ca = ca
    this.#failedAtMs = failed
    this.certificates = new Certificates(first)
  }

  /** @throws CertificateFileError when `server.https.acme.ca` can't be read */
  static async open(options: AcmeOptions): Promise<Acme> {
    const authority = new URL(options.directory).host.replace(/[^a-z0-9.-]/g, '_')
    const directory = join(options.dataDir, 'tls', 'acme', authority)
    const ca = options.ca === undefined ? undefined : await readAuthority(options.ca)
    const kept = await readPair(join(directory, 'certificate.pem'))
    const first = kept !== undefined && kept.endsAtMs > Date.now() ? kept : await makeSelfSigned(options.domains)
    return new Acme(options, directory, ca, first, await readFailures(directory))
  }

  start(): void {
    const { current } = this.certificates
    const atMs = firstAttemptAtMs(this.#failedAtMs, Date.now())
    this.#wakeAt(this.#fits(current) ? Math.max(atMs, renewalAtMs(current)) : atMs)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#stop.abort(new Error('the server is stopping'))
    await this.#attempt
  }

  describe(): CertificateState {
    return { failures: this.#failures, lastError: this.#lastError }
  }

  #fits(pair: Pair): boolean {
    return !pair.selfSigned && this.#options.domains.every((name) => isFor(pair, name))
  }

  #wakeAt(atMs: number): void {
    const waitMs = atMs - Date.now()
    const wake = (): void => {
      if (atMs > Date.now()) this.#wakeAt(atMs)
      else this.#attempt = this.#renew()
    }
    this.#timer = setTimeout(wake, Math.min(Math.max(waitMs, 0), LONGEST_TIMER_MS)).unref()
  }

  async #renew(): Promise<void> {
    const { log, domains, directory } = this.#options
    log.info({ domains, directory }, 'asks for a certificate')
    try {
      const pair = await this.#obtain()
      await writePair(join(this.#directory, 'certificate.pem'), pair)
      this.#failures = 0
      this.#lastError = undefined
      this.certificates.set(pair)
      const ends = new Date(pair.endsAtMs).toISOString()
      const renewed = new Date(renewalAtMs(pair)).toISOString()
      log.info({ domains, ends, renewed }, 'the new certificate is in use')
      this.#wakeAt(renewalAtMs(pair))
    } catch (error) {
      if (!this.#stop.signal.aborted) await this.#failed(error)
    }
  }

  /** `auto`: what is reachable from outside only the authority knows. */
  async #obtain(): Promise<Pair> {
    const { challenge } = this.#options
    if (challenge !== 'auto') return this.#obtainBy(challenge)
    try {
      return await this.#obtainBy('http-01')
    } catch (first) {
      if (this.#stop.signal.aborted || !(first instanceof OrderError) || !first.reached) throw first
      if (first.retryAfterMs !== undefined) throw first
      try {
        return await this.#obtainBy('tls-alpn-01')
      } catch (second) {
        if (!(second instanceof OrderError)) throw second
        throw new OrderError(`${first.message}; ${second.message}`, second.reached, second.retryAfterMs, {
          cause: second,
        })
      }
    }
  }

  async #obtainBy(type: ChallengeType): Promise<Pair> {
    const { directory, domains, email } = this.#options
    const { signal } = this.#stop
    const accountKey = await this.#accountKey()
    return obtain({ directory, domains, email, type, accountKey, challenges: this.challenges, ca: this.#ca, signal })
  }

  async #accountKey(): Promise<string> {
    const path = join(this.#directory, 'account.pem')
    const kept = await readFile(path, 'utf8').catch(() => undefined)
    if (kept !== undefined) return kept
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const made = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await writeSecret(path, made)
    return made
  }

  async #failed(error: unknown): Promise<void> {
    const { log, domains } = this.#options
    const reached = error instanceof OrderError && error.reached
    const retryAfterMs = error instanceof OrderError ? error.retryAfterMs : undefined
    this.#failures++
    this.#lastError = messageOf(error)
    const wait = waitMs(this.#failures, { reached, ...(retryAfterMs !== undefined && { retryAfterMs }) })
    const again = new Date(Date.now() + wait).toISOString()
    const { current } = this.certificates
    const shown = this.#fits(current) ? `the one in use is good until ${new Date(current.endsAtMs).toISOString()}` : ''
    log.warn(
      { domains, failures: this.#failures, error: this.#lastError, again },
      `no certificate was given${shown === '' ? '; browsers warn of the one that is shown until then' : `; ${shown}`}`,
    )
    if (reached) {
      this.#failedAtMs = [...this.#failedAtMs, Date.now()].slice(-REMEMBERED)
      await writeSecret(join(this.#directory, 'failures.json'), JSON.stringify(this.#failedAtMs)).catch(() => undefined)
    }
    this.#wakeAt(Date.now() + wait)
  }
}

async function readFailures(directory: string): Promise<number[]> {
  try {
    const found: unknown = JSON.parse(await readFile(join(directory, 'failures.json'), 'utf8'))
    return Array.isArray(found) ? found.filter((at) => typeof at === 'number').slice(-REMEMBERED) : []
  } catch {
    return []
  }
}
