import { createHash } from 'node:crypto'
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { PersonRole } from '../../contract/people.ts'
import type { Revocations } from './revocations.ts'
import { ALGORITHM, type SigningKeys } from './signing-keys.ts'

/** Longer is none of ours: nothing is parsed of it. */
const LONGEST = 2000
/** Tokens that were verified lately; a page shows the same one with each request. */
const REMEMBERED = 10_000
/** RFC 9068 section 2.1: so that no other JWT that this key may ever sign passes for one. */
const TYPE = 'at+jwt'

/** What an access token says. */
export type AccessClaims = {
  readonly personId: string
  readonly deviceId: string
  readonly role: PersonRole
  readonly name: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

export type Verified =
  | { readonly is: 'good'; readonly claims: AccessClaims }
  /** It was good once: a refresh may give another. */
  | { readonly is: 'over' }
  | { readonly is: 'nothing' }

const NOTHING: Verified = { is: 'nothing' }
const OVER: Verified = { is: 'over' }

const Claims = z.object({
  sub: z.string(),
  sid: z.string(),
  role: PersonRole,
  name: z.string(),
  iat: z.number(),
  exp: z.number(),
})

export type AccessTokensOptions = {
  readonly keys: SigningKeys
  readonly revocations: Revocations
  /** `iss`; another one makes all that were given worthless. */
  readonly issuer: () => string
  readonly lifeMs: () => number
  readonly nowMs?: () => number
}

/** Short-lived proofs of who asks (JWT, RFC 7519), verified without asking the store. */
export class AccessTokens {
  readonly #options: AccessTokensOptions
  readonly #now: () => number
  /** By the digest of the token and its issuer, in the order of use. */
  readonly #known = new Map<string, AccessClaims>()

  constructor(options: AccessTokensOptions) {
    this.#options = options
    this.#now = options.nowMs ?? Date.now
  }

  /** @throws UnavailableError when there is no key yet and the store doesn't answer */
  async sign(
    person: { readonly id: string; readonly name: string; readonly role: PersonRole },
    deviceId: string,
  ): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
    const { keys, issuer, lifeMs } = this.#options
    const { id: kid, privateKey } = await keys.signing()
    const nowMs = this.#now()
    const expiresAtMs = nowMs + lifeMs()
    // Fractions of a second (RFC 7519 section 2, NumericDate): what changed a moment before is told apart from what follows.
    const token = await new SignJWT({ sid: deviceId, role: person.role, name: person.name })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
      .setSubject(person.id)
      .setIssuer(issuer())
      .setIssuedAt(nowMs / 1000)
      .setExpirationTime(expiresAtMs / 1000)
      .sign(privateKey)
    return { token, expiresAtMs }
  }

  /** @throws UnavailableError when the keys couldn't be read yet */
  async verify(token: string): Promise<Verified> {
    if (token.length > LONGEST) return NOTHING
    const digest = createHash('sha256').update(this.#options.issuer()).update('\0').update(token).digest('base64url')
    const known = this.#known.get(digest)
    if (known !== undefined) return this.#standing(known)
    const found = await this.#read(token)
    if (typeof found === 'string') return found === 'over' ? OVER : NOTHING
    if (this.#known.size >= REMEMBERED) {
      const oldest = this.#known.keys().next()
      if (!oldest.done) this.#known.delete(oldest.value)
    }
    this.#known.set(digest, found)
    return this.#standing(found)
  }

  #standing(claims: AccessClaims): Verified {
    if (claims.expiresAtMs <= this.#now() || this.#options.revocations.covers(claims)) return OVER
    return { is: 'good', claims }
  }

  async #read(token: string): Promise<AccessClaims | 'over' | 'nothing'> {
    const { keys, issuer } = this.#options
    const kid = kidOf(token)
    const key = kid === undefined ? undefined : await keys.verifying(kid)
    if (key === undefined) return kid === undefined ? 'nothing' : 'over'
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: issuer(),
        requiredClaims: ['sub', 'sid', 'iat', 'exp'],
        currentDate: new Date(this.#now()),
      })
      const { sub, sid, role, name, iat, exp } = Claims.parse(payload)
      return { personId: sub, deviceId: sid, role, name, issuedAtMs: iat * 1000, expiresAtMs: exp * 1000 }
    } catch (error) {
      return error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed ? 'over' : 'nothing'
    }
  }
}

function kidOf(token: string): string | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    return alg === ALGORITHM && typeof kid === 'string' && kid.length <= 64 ? kid : undefined
  } catch {
    return undefined
  }
}
