/**
 * How long to wait before the next try, in ms: doubling, bounded, and spread so that a thousand pages don't come back in one moment.
 *
 * @param tries how many failed before
 * @param random 0 to 1
 */
export function backoff(tries: number, random: number, firstMs = 400, longestMs = 8000): number {
  const fullMs = Math.min(longestMs, firstMs * 2 ** Math.min(tries, 16))
  return Math.round(fullMs * (0.6 + 0.8 * random))
}
