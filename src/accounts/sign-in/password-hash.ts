import { argon2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/** Of Argon2id (RFC 9106): memory in KiB. */
export type Argon2Cost = { readonly memory: number; readonly passes: number; readonly parallelism: number }

/** OWASP's Password Storage Cheat Sheet: 19 MiB and two passes, which costs an attacker as much as more memory in one. */
export const COST: Argon2Cost = { memory: 19_456, passes: 2, parallelism: 1 }
const HASH_BYTES = 32
const SALT_BYTES = 16
/** Ours are far below; what stands in a database that somebody else wrote must not take the machine's memory. */
const MOST: Argon2Cost = { memory: 262_144, passes: 10, parallelism: 4 }

type Parsed = Argon2Cost & { readonly salt: Buffer; readonly hash: Buffer }

const PHC = /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** A PHC string (https://github.com/P-H-C/phc-string-format). Takes about 30 ms of processor: for the worker only. */
export function hashPassword(password: string, cost: Argon2Cost = COST): string {
  const salt = randomBytes(SALT_BYTES)
  return phcOf({ ...cost, salt, hash: derive(password, salt, HASH_BYTES, cost) })
}

/** Whether this is the password, compared in constant time. What is no hash of ours is never. For the worker only. */
export function passwordMatches(password: string, phc: string): boolean {
  const parsed = parse(phc)
  if (parsed === undefined) return false
  const { hash, salt, ...cost } = parsed
  return timingSafeEqual(derive(password, salt, hash.byteLength, cost), hash)
}

/** It was made at another cost than we have now. */
export function isOutdated(phc: string, cost: Argon2Cost = COST): boolean {
  const parsed = parse(phc)
  if (parsed === undefined) return true
  return parsed.memory !== cost.memory || parsed.passes !== cost.passes || parsed.parallelism !== cost.parallelism
}

/** Takes as long to compare with as a real one, and is nobody's. */
export function nobodysHash(cost: Argon2Cost = COST): string {
  return phcOf({ ...cost, salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(HASH_BYTES) })
}

function derive(password: string, nonce: Buffer, tagLength: number, cost: Argon2Cost): Buffer {
  // NFC, as keyboards differ in how they write é (NIST SP 800-63B-4 section 3.1.1.2).
  return argon2Sync('argon2id', { ...cost, message: password.normalize('NFC'), nonce, tagLength })
}

function phcOf({ memory, passes, parallelism, salt, hash }: Parsed): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

function parse(phc: string): Parsed | undefined {
  const [, memory, passes, parallelism, salt, hash] = PHC.exec(phc) ?? []
  if (salt === undefined || hash === undefined) return undefined
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  if (cost.memory > MOST.memory || cost.passes > MOST.passes || cost.parallelism > MOST.parallelism) return undefined
  if (cost.memory < 8 * cost.parallelism || cost.passes < 1 || cost.parallelism < 1) return undefined
  return { ...cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
}
