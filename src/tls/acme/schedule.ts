import type { Pair } from '../pair.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Authorities count failed proofs of a name: Let's Encrypt allows five an hour. */
const FIRST_WAIT_MS = 15 * MINUTE_MS
/** Nobody was reached: that is no failure in the authority's eyes. */
const FIRST_WAIT_UNREACHED_MS = MINUTE_MS
const LONGEST_WAIT_MS = 24 * HOUR_MS
const FAILURES_AN_HOUR = 4

/** When a certificate is renewed: after two thirds of its life, which leaves the last for mishaps. */
export function renewalAtMs({ startsAtMs, endsAtMs }: Pick<Pair, 'startsAtMs' | 'endsAtMs'>): number {
  return startsAtMs + ((endsAtMs - startsAtMs) * 2) / 3
}

/**
 * How long to wait after a failure: twice as long each time, a day at most, and not all servers at once.
 * @param failures in a row, this one included
 * @param retryAfterMs what the authority asks for at least
 * @param random from 0 to 1
 */
export function waitMs(
  failures: number,
  { reached, retryAfterMs = 0, random = Math.random() }: { reached: boolean; retryAfterMs?: number; random?: number },
): number {
  const first = reached ? FIRST_WAIT_MS : FIRST_WAIT_UNREACHED_MS
  const wait = Math.min(first * 2 ** Math.min(failures - 1, 20), LONGEST_WAIT_MS)
  return Math.max(wait * (0.9 + 0.2 * random), retryAfterMs)
}

/** When the first attempt after a start may be: at once, unless starts one after the other have used up the hour's failures. */
export function firstAttemptAtMs(failedAtMs: readonly number[], nowMs: number): number {
  const recent = failedAtMs.filter((at) => at > nowMs - HOUR_MS && at <= nowMs).sort((a, b) => a - b)
  const oldest = recent.at(-FAILURES_AN_HOUR)
  return oldest === undefined ? nowMs : oldest + HOUR_MS
}

/** Retry-After (RFC 9110 10.2.3): seconds or a date. @returns milliseconds from now; undefined: it says nothing of use */
export function parseRetryAfter(value: unknown, nowMs: number): number | undefined {
  if (typeof value !== 'string') return undefined
  const wait = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs
  return Number.isFinite(wait) && wait > 0 ? wait : undefined
}
