/** Kept for the server and the system, of all processors, and at least so much of one. */
const RESERVED_SHARE = 0.15
const LEAST_RESERVED = 0.25
/** Beside what the server is seen to use, for what it may use next. */
const HEADROOM_SHARE = 0.1

/**
 * How many processors transcoding may keep busy.
 * @param processors that this process may use (`processors.ts`) @param used by the server itself, on average over a minute
 */
export function budgetOf(processors: number, used = 0): number {
  const reserved = Math.max(LEAST_RESERVED, processors * RESERVED_SHARE, used + processors * HEADROOM_SHARE)
  return Math.max(0, processors - reserved)
}

/** How many broadcasts of a cost fit; the first one always does, for it can be made smaller. */
export function fitting(budget: number, cost: number): number {
  return cost <= 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(budget / cost + 1e-9))
}
