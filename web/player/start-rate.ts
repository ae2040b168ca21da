/** What the browser says of the connection, where it does (Network Information API). */
export type Connection = { readonly downlink?: number; readonly saveData?: boolean }

/** Of what was carried the last time, so much is expected now. */
const caution = 0.8
/** Bits a second that nearly every connection of today carries: a desk's, and a phone's out of doors. */
const usual = { desk: 5_000_000, phone: 2_000_000 }
const frugal = 500_000
/** Older than this (ms), what was seen says nothing of the network that one is in now. */
const longestMemoryMs = 7 * 24 * 3600_000

/**
 * Bits a second that are expected of the connection before anything was loaded by it: the first picture should be as good as it
 * will be, and must not take long. What it carried the last time says most; next what the browser knows.
 */
export function expectedRate({
  connection,
  isPhone,
  remembered,
  nowMs,
}: {
  readonly connection: Connection | undefined
  readonly isPhone: boolean
  /** As `keepRate` wrote it. */
  readonly remembered: string | null
  readonly nowMs: number
}): number {
  if (connection?.saveData === true) return frugal
  const [rate, atMs] = (remembered ?? '').split(' ').map(Number)
  if (rate !== undefined && rate > 0 && atMs !== undefined && nowMs - atMs < longestMemoryMs)
    return Math.round(rate * caution)
  const guess = isPhone ? usual.phone : usual.desk
  const { downlink } = connection ?? {}
  // Browsers say no more than 10 Mbit/s, lest it tells one person from another.
  return downlink !== undefined && downlink > 0 ? Math.round(Math.min(guess, downlink * 1e6 * caution)) : guess
}
