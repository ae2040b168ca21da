import { createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'sk_'
const MIN_LENGTH = 20
/** Longer names are no keys; also what an encoder's form field takes. */
export const MAX_KEY_LENGTH = 200
const FORM = /^sk_[A-Za-z0-9_-]+$/

/** A new stream key: 160 random bits, in letters that survive every encoder's form field, address and terminal. */
export function makeStreamKey(): string {
  return PREFIX + randomBytes(20).toString('base64url')
}

/** Why a chosen key is refused, as a sentence that doesn't repeat it; undefined when it is fine. */
export function streamKeyProblem(key: string): string | undefined {
  if (!key.startsWith(PREFIX)) return `a stream key begins with ${PREFIX}`
  if (key.length < MIN_LENGTH) return `a stream key has at least ${MIN_LENGTH} characters`
  if (key.length > MAX_KEY_LENGTH) return `a stream key has at most ${MAX_KEY_LENGTH} characters`
  if (!FORM.test(key)) return 'a stream key consists of letters, digits, - and _'
  return undefined
}

/**
 * What is kept of a key: HMAC-SHA-256 (RFC 2104) under the server's secret, in hex. Who steals the database can't try
 * chosen keys against it, and looking it up by index tells nothing through time, as nobody can choose the digest.
 */
export function keyDigest(secret: Uint8Array, key: string): string {
  return createHmac('sha256', secret).update(key).digest('hex')
}
