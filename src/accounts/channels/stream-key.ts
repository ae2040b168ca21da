import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { RefusedError } from '../../base/errors.ts'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import type { KeyRecord } from './channel-store.ts'

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

/** What is kept of a new key. */
export function keyRecord(secret: Uint8Array, key: string, label: string): KeyRecord {
  return { id: randomUUID(), digest: keyDigest(secret, key), label, createdAtMs: Date.now() }
}

/** @param chosen left out: one is made @throws InvalidFieldError */
export function chosenOrMade(chosen: string | undefined): string {
  if (chosen === undefined) return makeStreamKey()
  const problem = streamKeyProblem(chosen)
  if (problem !== undefined) throw new InvalidFieldError('key', problem)
  return chosen
}

/** Whose it is stays unsaid: who chooses keys must not find those of others. */
export function keyTaken(): RefusedError {
  return new RefusedError('CONFLICT', 'this stream key is taken, choose another')
}
