import { RefusedError } from '../base/errors.ts'
import { CountedAttempts } from './counted-attempts.ts'
import type { Identity } from './identity.ts'

/**
 * Requests that change something, by one account wherever it is used and by one API token: beside the limit of an address,
 * which many addresses would get around. Tokens are counted apart, so that a script that runs wild locks nobody out of the pages.
 */
export class WriteLimit {
  readonly #attempts: CountedAttempts

  /** @param perMinute looked at each time */
  constructor(perMinute: () => number) {
    this.#attempts = new CountedAttempts({ max: perMinute, windowMs: 60_000 })
  }

  /** Counts one. @throws RefusedError LIMIT */
  take({ person, token }: Identity): void {
    const who = token ?? person?.id
    if (who === undefined || this.#attempts.take(who)) return
    const words = token === undefined ? 'by this account' : 'by this API token'
    throw new RefusedError('LIMIT', `too many changes ${words}, wait a minute`)
  }
}
