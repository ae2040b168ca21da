import { createHash, randomBytes } from 'node:crypto'
import type { Role } from '../roles.ts'

const MAX_SESSIONS = 10_000

type Entry = { readonly role: Role; readonly endsAtMs: number }

/**
 * Who signed in with a browser. In memory: a restart signs everybody out, which the page takes for an expired session.
 * Kept by the hash of the id, so that a memory dump or a log of this map opens nothing.
 */
export class Sessions {
  readonly #entries = new Map<string, Entry>()
  readonly #lifeMs: number

  /** @param lifeMs from sign-in to the end, whatever happens between */
  constructor(lifeMs = 7 * 24 * 3600 * 1000) {
    this.#lifeMs = lifeMs
  }

  get lifeMs(): number {
    return this.#lifeMs
  }

  /** Begins a session. @returns its id, for the cookie */
  create(role: Role, nowMs = Date.now()): string {
    if (this.#entries.size >= MAX_SESSIONS) this.#makeRoom(nowMs)
    const id = randomBytes(32).toString('base64url')
    this.#entries.set(hashOf(id), { role, endsAtMs: nowMs + this.#lifeMs })
    return id
  }

  roleOf(id: string, nowMs = Date.now()): Role | undefined {
    const entry = this.#entries.get(hashOf(id))
    return entry !== undefined && entry.endsAtMs > nowMs ? entry.role : undefined
  }

  end(id: string): void {
    this.#entries.delete(hashOf(id))
  }

  /** After the admin token was changed: nobody stays signed in by the old one. */
  endAll(): void {
    this.#entries.clear()
  }

  #makeRoom(nowMs: number): void {
    for (const [hash, entry] of this.#entries) if (entry.endsAtMs <= nowMs) this.#entries.delete(hash)
    // A Map keeps the order of insertion: the first is the oldest.
    const oldest = this.#entries.keys().next()
    if (this.#entries.size >= MAX_SESSIONS && !oldest.done) this.#entries.delete(oldest.value)
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
