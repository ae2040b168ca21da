import { type Spread, spread } from './figures.ts'
import type { Bench, Figure } from './frame.ts'

/** What one turn of one target gave. Several figures are measured at once where one run gives them. */
export type Sample = Readonly<Record<string, number>>

export type Contender = { readonly name: string; readonly sample: () => Promise<Sample> }

export type Rounds = {
  readonly values: ReadonlyMap<string, readonly Sample[]>
  /** The second turn of ours in each round. */
  readonly again: readonly Sample[]
}

/**
 * Turns of A B C A, A B C A: each round has all targets in it and ours twice, so that a neighbour's load falls on all,
 * and what ours differs from itself is known. The first contender is ours. A turn that fails leaves a hole, and is told.
 */
export async function interleave(bench: Bench, contenders: readonly Contender[]): Promise<Rounds> {
  const values = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]))
  const again: Sample[] = []
  const [ours] = contenders
  for (let round = 0; round < bench.rounds; round++) {
    for (const { name, sample } of contenders) values.get(name)?.push(await turn(bench, name, sample))
    if (ours !== undefined && contenders.length > 1 && !bench.short)
      again.push(await turn(bench, ours.name, ours.sample))
  }
  return { values, again }
}

async function turn(bench: Bench, name: string, sample: () => Promise<Sample>): Promise<Sample> {
  try {
    return await sample()
  } catch (error) {
    bench.note(`a turn of ${name} failed: ${error instanceof Error ? error.message : String(error)}`)
    return {}
  }
}

/** One figure of ours for each peer, or one alone where there is none. */
export function compare(
  rounds: Rounds,
  key: string,
  about: Pick<Figure, 'name' | 'unit'>,
  bounds: Readonly<Record<string, Pick<Figure, 'atMost' | 'later'>>> = {},
  more: Figure['more'] = {},
): Figure[] {
  const [first, ...peers] = [...rounds.values]
  if (first === undefined) return []
  const of = (samples: readonly Sample[]) => samples.map((sample) => sample[key] ?? Number.NaN)
  const own = of(first[1])
  const second = of(rounds.again)
  // Both turns of a round are ours.
  const mean = own.map((value, round) => {
    const other = second[round] ?? Number.NaN
    return Number.isNaN(other) ? value : Number.isNaN(value) ? other : (value + other) / 2
  })
  const ours = spreadOf([...own, ...second])
  if (ours === undefined) return []
  const again = spreadOf(ratios(own, second))
  const base = { ...about, ours, more }
  if (peers.length === 0) return [{ ...base, ...bounds.alone }]
  return peers.flatMap(([name, samples]) => {
    const value = spreadOf(of(samples))
    const ratio = spreadOf(ratios(mean, of(samples)))
    if (value === undefined || ratio === undefined) return []
    return [{ ...base, ...(again && { again }), peer: { name, value, ratio }, ...bounds[name] }]
  })
}

const ratios = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, round) => value / (b[round] ?? Number.NaN))

function spreadOf(values: readonly number[]): Spread | undefined {
  const known = values.filter((value) => Number.isFinite(value))
  return known.length === 0 ? undefined : spread(known)
}
