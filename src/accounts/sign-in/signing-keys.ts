import { randomBytes } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { SigningKeyRecord, SigningKeyStore } from '../people/person-store.ts'
import type { Vault } from '../vault.ts'

/** ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4): what every verifier knows. The one algorithm that is ever taken. */
export const ALGORITHM = 'ES256'
const USE = 'signing key'
const DAY_MS = 24 * 3600_000
/** A key signs so long; then another one does. */
const SIGNS_MS = 30 * DAY_MS
/** Far beyond the life of what it signed; verifiers that keep keys see it go. */
const VERIFIES_MS = SIGNS_MS + 2 * DAY_MS

type Key = {
  readonly id: string
  readonly createdAtMs: number
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly publicJwk: JWK
}

export type SigningKeysOptions = {
  readonly store: SigningKeyStore
  readonly vault: Vault
  readonly log: Log
  readonly nowMs?: () => number
}

/** The keys under which access tokens are signed: kept sealed, changed every month, the public halves told to all. */
export class SigningKeys {
  readonly #options: SigningKeysOptions
  readonly #now: () => number
  #keys: readonly Key[] = []
  #loading: Promise<void> | undefined
  #loaded = false
  #making: Promise<Key> | undefined

  constructor(options: SigningKeysOptions) {
    this.#options = options
    this.#now = options.nowMs ?? Date.now
  }

  /** The key that signs now; makes it when there is none, or the last one is too old. @throws UnavailableError */
  async signing(): Promise<{ readonly id: string; readonly privateKey: CryptoKey }> {
    await this.#load()
    const newest = this.#keys[0]
    if (newest !== undefined && this.#now() - newest.createdAtMs < SIGNS_MS) return newest
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined
    })
    return this.#making
  }

  /** The public half of a key that may have signed what is shown now. @throws UnavailableError */
  async verifying(id: string | undefined): Promise<CryptoKey | undefined> {
    await this.#load()
    return this.#alive().find((key) => key.id === id)?.publicKey
  }

  /** A JWK Set (RFC 7517 section 5). @throws UnavailableError */
  async published(): Promise<{ readonly keys: readonly JWK[] }> {
    await this.signing()
    return { keys: this.#alive().map(({ publicJwk }) => publicJwk) }
  }

  #alive(): readonly Key[] {
    return this.#keys.filter(({ createdAtMs }) => this.#now() - createdAtMs < VERIFIES_MS)
  }

  async #load(): Promise<void> {
    if (this.#loaded) return
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined
    })
    await this.#loading
  }

  async #read(): Promise<void> {
    const records = await this.#options.store.list()
    const keys = await Promise.all(records.map((record) => this.#open(record)))
    this.#keys = keys.filter((key) => key !== undefined)
    this.#loaded = true
  }

  async #open({ id, sealed, createdAtMs }: SigningKeyRecord): Promise<Key | undefined> {
    try {
      const text = this.#options.vault.open(USE, sealed)
      if (text === undefined) throw new Error('it was sealed under another auth.secretKey or secrets.json')
      return await keyOf(id, createdAtMs, JSON.parse(text) as JWK)
    } catch (error) {
      // Who is signed in is signed in again by their refresh tokens: nothing else is lost.
      this.#options.log.warn({ key: id, error: messageOf(error) }, 'a signing key can’t be opened, another one is made')
      return undefined
    }
  }

  async #make(): Promise<Key> {
    const { store, vault, log } = this.#options
    const pair = await generateKeyPair(ALGORITHM, { extractable: true })
    const jwk = await exportJWK(pair.privateKey)
    const id = randomBytes(9).toString('base64url')
    const createdAtMs = this.#now()
    await store.add({ id, createdAtMs, sealed: vault.seal(USE, JSON.stringify(jwk)) })
    const key = await keyOf(id, createdAtMs, jwk)
    this.#keys = [key, ...this.#keys]
    log.info({ key: id }, 'access tokens are signed by a new key')
    await this.#forgetOld()
    return key
  }

  async #forgetOld(): Promise<void> {
    const alive = this.#alive()
    const ids = this.#keys.filter((key) => !alive.includes(key)).map(({ id }) => id)
    this.#keys = alive
    if (ids.length === 0) return
    await this.#options.store.remove(ids).catch((error: unknown) => {
      this.#options.log.warn({ error: messageOf(error) }, 'old signing keys could not be removed')
    })
  }
}

async function keyOf(id: string, createdAtMs: number, jwk: JWK): Promise<Key> {
  const { kty, crv, x, y } = jwk
  const publicJwk: JWK = { kty: kty ?? '', crv: crv ?? '', x: x ?? '', y: y ?? '', kid: id, alg: ALGORITHM, use: 'sig' }
  const [privateKey, publicKey] = await Promise.all([importJWK(jwk, ALGORITHM), importJWK(publicJwk, ALGORITHM)])
  return { id, createdAtMs, publicJwk, privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey }
}
