import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new admin token: 256 random bits. */
export function makeAdminToken(): string {
  return `at_${randomBytes(32).toString('base64url')}`
}

/** SHA-256 in hex. Enough for 256 random bits: there is nothing to guess that a slow hash would protect. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Compares in constant time: both sides are digested first, so neither content nor length shows. */
export function sameToken(token: string, wanted: string): boolean {
  return matchesHash(token, tokenHash(wanted))
}

export function matchesHash(token: string, hash: string): boolean {
  return timingSafeEqual(createHash('sha256').update(token).digest(), Buffer.from(hash, 'hex'))
}

/** The one identity until there are accounts: who has the admin token may do everything. */
export class AdminAccess {
  #hash: string
  readonly #keep: (hash: string) => Promise<void>

  /**
   * @param hash of the token in force
   * @param keep writes the hash of a new token to where the next start finds it
   */
  constructor(hash: string, keep: (hash: string) => Promise<void>) {
    this.#hash = hash
    this.#keep = keep
  }

  matches(token: string): boolean {
    return matchesHash(token, this.#hash)
  }

  /** Makes a new token, the one time it is told; the old one is worth nothing from now on. */
  async rotate(): Promise<string> {
    const token = makeAdminToken()
    await this.#keep(tokenHash(token))
    this.#hash = tokenHash(token)
    return token
  }
}
