import type { EncoderKind } from '../../light/encoder.ts'

export type Profile = 'standard' | 'low'

/** Some players that watch the same broadcast at the same time. */
export type Batch = {
  readonly number: number
  readonly profile: Profile
  readonly encoder: EncoderKind
  /** Other processes want all processors. */
  readonly load: boolean
  /** The channel has been broadcast to before, so the server knows its distance of key frames. */
  readonly known: boolean
  readonly seconds: number
  /** For each player: whether the race in hls.js is forced upon it. */
  readonly races: readonly boolean[]
}

export type PlanOptions = {
  readonly runs: number
  readonly seconds: number
  readonly load: 'half' | 'none' | 'all'
  readonly long: number
  readonly minutesLong: number
  readonly players: number
  readonly profile?: Profile | undefined
  readonly encoder?: EncoderKind | undefined
}

const PROFILES = ['standard', 'low'] as const
const ENCODERS = ['gop2', 'obs'] as const

/** All combinations in turn, one player of three with the forced race; the long ones last. */
export function plan(options: PlanOptions): Batch[] {
  const { runs, seconds, players, long, minutesLong } = options
  const loads = options.load === 'half' ? [false, true] : [options.load === 'all']
  const combinations = PROFILES.filter(
    (profile) => options.profile === undefined || profile === options.profile,
  ).flatMap((profile) =>
    ENCODERS.filter((encoder) => options.encoder === undefined || encoder === options.encoder).flatMap((encoder) =>
      loads.map((load) => ({ profile, encoder, load })),
    ),
  )
  const batches: Batch[] = []
  const add = (
    combination: (typeof combinations)[number] | undefined,
    count: number,
    lasting: number,
    round: number,
  ) => {
    if (combination === undefined) return
    const races = Array.from({ length: count }, (_, i) => i === count - 1)
    batches.push({ number: batches.length + 1, ...combination, known: round % 2 === 1, seconds: lasting, races })
  }
  for (let left = runs; left > 0; left -= players) {
    const round = Math.floor(batches.length / combinations.length)
    // The short form has fewer batches than combinations: neighbours must differ in all three.
    const step = combinations.length === 8 ? [0, 7, 2, 5, 4, 3, 6, 1] : combinations.map((_, i) => i)
    add(combinations[step[batches.length % combinations.length] ?? 0], Math.min(players, left), seconds, round)
  }
  for (let i = 0; i < long; i++) {
    // The two that differ in profile and encoder; loads only if everything is loaded.
    const each = combinations[i % 2 === 0 ? 0 : combinations.length - loads.length]
    add(each, players, minutesLong * 60, 1)
  }
  return batches
}
