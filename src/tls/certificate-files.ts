import { open } from 'node:fs/promises'
import { ConfigError, messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { type CertificateSource, type CertificateState, Certificates } from './certificates.ts'
import { type Pair, PairError, pairOf } from './pair.ts'

/** A chain of many certificates has some 20 KB. */
const MAX_BYTES = 1 << 20
/**
 * By content, not by events: certbot flips a symbolic link, Kubernetes that of a directory above, and a network's file
 * systems tell nothing at all. Two small files in the page cache cost next to nothing.
 */
const LOOK_MS = 2000

export type CertificateFilesOptions = {
  /** `server.https.cert` */
  readonly cert: string
  /** `server.https.key` */
  readonly key: string
  readonly log: Log
  /** How often the files are looked at, in milliseconds; tests make it short. */
  readonly lookMs?: number
}

/** A file of `server.https` can't be used; the message begins with the setting. */
export class CertificateFileError extends ConfigError {
  /** Where it stands in `server.https`. */
  readonly setting: 'cert' | 'key' | 'acme.ca'
  /** @param why as the end of a sentence about the file */
  constructor(setting: CertificateFileError['setting'], file: string, why: string, options?: ErrorOptions) {
    super(`server.https.${setting} is ${JSON.stringify(file)}, which ${why}.`, options)
    this.setting = setting
  }
}

/** The certificate of mode `files`, read anew when they change and fit together; until then the old one stays. */
export class CertificateFiles implements CertificateSource {
  readonly certificates: Certificates
  readonly #options: CertificateFilesOptions
  #files: { readonly cert: string; readonly key: string }
  #look: NodeJS.Timeout | undefined
  #failures = 0
  #lastError: string | undefined
  #told: string | undefined

  private constructor(options: CertificateFilesOptions, first: Pair) {
    this.#options = options
    this.#files = options
    this.certificates = new Certificates(first)
  }

  /** @throws CertificateFileError */
  static async open(options: CertificateFilesOptions): Promise<CertificateFiles> {
    return new CertificateFiles(options, await readFiles(options))
  }

  start(): void {
    this.#next()
  }

  async stop(): Promise<void> {
    clearTimeout(this.#look)
  }

  /**
   * Reads the files now, be it others or the same: for a reload of the configuration.
   * @returns what puts them to use @throws CertificateFileError
   */
  async prepare(files: { readonly cert?: string | undefined; readonly key?: string | undefined }): Promise<() => void> {
    const wanted = { cert: files.cert ?? this.#files.cert, key: files.key ?? this.#files.key }
    const pair = await readFiles(wanted)
    return () => {
      this.#files = wanted
      this.certificates.set(pair)
    }
  }

  describe(): CertificateState {
    return { failures: this.#failures, lastError: this.#lastError }
  }

  #next(): void {
    this.#look = setTimeout(
      () => void this.#read().finally(() => this.#next()),
      this.#options.lookMs ?? LOOK_MS,
    ).unref()
  }

  async #read(): Promise<void> {
    const { log } = this.#options
    const before = this.certificates.current
    try {
      const files = this.#files
      const pair = await readFiles(files)
      // Others were put to use meanwhile.
      if (files !== this.#files) return
      this.#failures = 0
      this.#lastError = undefined
      this.#told = undefined
      if (pair.cert === before.cert && pair.key === before.key) return
      this.certificates.set(pair)
      const { names, fingerprint } = pair
      log.info({ names, fingerprint, ends: new Date(pair.endsAtMs).toISOString() }, 'the new certificate is in use')
    } catch (error) {
      this.#failures++
      this.#lastError = messageOf(error)
      // The two files are seldom written at the same instant: what is still wrong at the second look is told, once.
      if (this.#failures < 2 || this.#told === this.#lastError) return
      this.#told = this.#lastError
      log.warn({ error: this.#lastError }, 'the changed certificate can’t be used, the old one stays')
    }
  }
}

/** @throws CertificateFileError about the certificate first: the same mistake has the same sentence each time */
export async function readFiles(files: { readonly cert: string; readonly key: string }): Promise<Pair> {
  const cert = await textOf('cert', files.cert)
  const key = await textOf('key', files.key)
  try {
    const pair = pairOf(cert, key)
    if (pair.endsAtMs < Date.now()) {
      throw new PairError('cert', `ended on ${new Date(pair.endsAtMs).toUTCString()}: renew it`)
    }
    return pair
  } catch (error) {
    if (!(error instanceof PairError)) throw error
    throw new CertificateFileError(error.of, files[error.of], error.message, { cause: error })
  }
}

/** Certificates of an authority, for `server.https.acme.ca`. @throws CertificateFileError */
export async function readAuthority(path: string): Promise<string> {
  const text = await textOf('acme.ca', path)
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new CertificateFileError('acme.ca', path, 'has no certificate in PEM in it')
}

async function textOf(name: CertificateFileError['setting'], path: string): Promise<string> {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size > MAX_BYTES) throw new Error('it is longer than 1 MiB')
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const why = missing ? 'there is no such file' : messageOf(error)
    throw new CertificateFileError(name, path, `can't be read: ${why}`, { cause: error })
  }
}
