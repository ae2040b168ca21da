export type Point = { readonly x: number; readonly y: number }

/** @returns NaN of nothing */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** More points than this say no more about a line. */
const MOST_POINTS = 1000

/**
 * The slope of a line through noise that has teeth and peaks: the median of the slopes between all pairs of points
 * (Theil and Sen), which a third of wrong points doesn't move.
 */
export function slopeOf(points: readonly Point[]): number {
  const step = Math.ceil(points.length / MOST_POINTS)
  const some = points.filter((_, i) => i % step === 0)
  const slopes: number[] = []
  for (const [i, a] of some.entries()) {
    for (const b of some.slice(i + 1)) if (b.x !== a.x) slopes.push((b.y - a.y) / (b.x - a.x))
  }
  return median(slopes)
}

/** The medians of the first and of the last fifth. */
export function endsOf(values: readonly number[]): { readonly first: number; readonly last: number } {
  const count = Math.max(1, Math.floor(values.length / 5))
  return { first: median(values.slice(0, count)), last: median(values.slice(-count)) }
}
