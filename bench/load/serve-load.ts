/** The child's half of `LoadProcess`. */
export function serveLoad(load: {
  readonly begin: () => void
  readonly end: () => Record<string, number>
  /** What was wrong since the last time it was asked. */
  readonly faults?: () => string[]
}): void {
  process.on('message', (word) => {
    if (word === 'begin') {
      load.begin()
      process.send?.({ kind: 'begun' })
    } else if (word === 'end') process.send?.({ kind: 'counted', counts: load.end(), faults: load.faults?.() ?? [] })
  })
  // The one who measures is gone.
  process.on('disconnect', () => process.exit())
  process.on('SIGTERM', () => process.exit())
  process.send?.({ kind: 'ready' })
}

/** What the load was started with. */
export const loadOptions = <T>(): T => JSON.parse(process.argv[2] ?? '{}') as T

/** @returns 0 when there is nothing to say it of */
export function percentile(values: number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
