/** Of some measured values: never a single one. */
export type Spread = {
  readonly p50: number
  readonly p25: number
  readonly p75: number
  readonly p95: number
  readonly lowest: number
  readonly highest: number
  readonly count: number
}

/** @throws Error when nothing was measured */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
    if (value === undefined) throw new Error('nothing was measured')
    return round(value)
  }
  return {
    p50: at(0.5),
    p25: at(0.25),
    p75: at(0.75),
    p95: at(0.95),
    lowest: at(0),
    highest: at(1),
    count: sorted.length,
  }
}

/** Three digits are more than a noisy machine is good for. */
export const round = (value: number): number => Number(value.toPrecision(3))

export const figure = (value: number): string => String(round(value))
