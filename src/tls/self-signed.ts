import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { join } from 'node:path'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { ConfigError, messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { type CertificateSource, type CertificateState, Certificates } from './certificates.ts'
import { readPair, writePair } from './kept-pair.ts'
import { isFor, type Pair, pairOf } from './pair.ts'

const DAY_MS = 86_400_000
/** Browsers refuse longer ones. */
const LIFE_DAYS = 365
/** Renewed so long before its end. */
const AHEAD_MS = 30 * DAY_MS
const LOOK_MS = DAY_MS / 2
/** Clocks of others may be behind. */
const BEFORE_MS = DAY_MS
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A certificate that the server made for itself (RFC 5280): browsers warn, then encrypt. @param hosts names and addresses */
export async function makeSelfSigned(hosts: readonly string[], nowMs = Date.now()): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // RFC 5280, 4.1.2.2: positive, at most 20 octets.
    serialNumber: `00${randomBytes(16).toString('hex')}`.replace(/^0000/, '0001'),
    name: 'CN=StreamHost',
    notBefore: new Date(nowMs - BEFORE_MS),
    notAfter: new Date(nowMs + LIFE_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        [...new Set(hosts)].map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
    ],
  })
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return pairOf(`${certificate.toString('pem')}\n`, `${key}\n`)
}

export type SelfSignedOptions = {
  readonly dataDir: string
  /** Names and addresses that a new one is for. */
  readonly hosts: readonly string[]
  /** One that is kept must be for these; for the others it stays as it is, as people have accepted it. */
  readonly mustHave?: readonly string[]
  readonly log: Log
}

/** The certificate of mode `self-signed`, in `<dataDir>/tls/self-signed.pem`: made once, renewed before it ends. */
export class SelfSigned implements CertificateSource {
  readonly certificates: Certificates
  readonly #options: SelfSignedOptions
  #look: NodeJS.Timeout | undefined

  private constructor(options: SelfSignedOptions, first: Pair) {
    this.#options = options
    this.certificates = new Certificates(first)
  }

  /** @throws ConfigError when the data directory can't be written */
  static async open(options: SelfSignedOptions): Promise<SelfSigned> {
    const kept = await readPair(fileOf(options))
    return new SelfSigned(options, kept !== undefined && isGood(kept, options) ? kept : await renewed(options))
  }

  start(): void {
    this.#look = setInterval(() => void this.#renewIfDue(), LOOK_MS).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#look)
  }

  describe(): CertificateState {
    return { failures: 0, lastError: undefined }
  }

  async #renewIfDue(): Promise<void> {
    if (isGood(this.certificates.current, this.#options)) return
    try {
      this.certificates.set(await renewed(this.#options))
    } catch (error) {
      this.#options.log.warn({ error: messageOf(error) }, 'the self-signed certificate could not be renewed')
    }
  }
}

const fileOf = ({ dataDir }: SelfSignedOptions): string => join(dataDir, 'tls', 'self-signed.pem')

function isGood(pair: Pair, { mustHave = [] }: SelfSignedOptions): boolean {
  return pair.endsAtMs - Date.now() > AHEAD_MS && mustHave.every((host) => isFor(pair, host))
}

async function renewed(options: SelfSignedOptions): Promise<Pair> {
  const pair = await makeSelfSigned(options.hosts)
  await writePair(fileOf(options), pair).catch((error: unknown) => {
    throw new ConfigError(
      `${fileOf(options)} can't be written (${messageOf(error)}): set storage.dataDir to a directory this user may write to`,
      { cause: error },
    )
  })
  options.log.info({ fingerprint: pair.fingerprint }, 'made a self-signed certificate')
  return pair
}
