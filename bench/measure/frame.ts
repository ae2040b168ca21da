import type { Spread } from './figures.ts'

/** What a measure is run with. */
export type Settings = {
  /** Rounds in which all targets have their turn. */
  readonly rounds: number
  /** How long one sample lasts, without its warm-up. */
  readonly seconds: number
  /** Only to see that it runs: small numbers, no browser, no peers that must be installed. */
  readonly short: boolean
}

export type Bench = Settings & {
  /** A figure, at once. */
  tell(figure: Figure): void
  /** What a reader should know that is no figure: a peer that is missing, a publisher that was late. */
  note(words: string): void
}

/** One kind of measurement: a file in `bench/`, which exports it as `measure`. */
export type Measure = {
  readonly name: string
  /** One line for the list. */
  readonly about: string
  /** Of a full run, about. A run that takes three times as long hangs, and is ended. */
  readonly minutes: number
  /** What `--rounds` and `--seconds` are unless said otherwise. */
  readonly rounds?: number
  readonly seconds?: number
  run(bench: Bench): Promise<void>
}

/** What was measured, as the table and the lines of JSON have it. */
export type Figure = {
  /** Which case of the measure. */
  readonly name: string
  readonly unit: string
  readonly ours: Spread
  /** Side by side with another program, in the same rounds. */
  readonly peer?: { readonly name: string; readonly value: Spread; readonly ratio: Spread }
  /** Ours against ours in the same rounds. */
  readonly again?: Spread
  /** What must be reached: of the ratio where there is a peer, else of the value. */
  readonly atMost?: number
  /** The bound belongs to later work: told, not judged. */
  readonly later?: boolean
  /** Counts and further figures worth keeping. */
  readonly more?: Readonly<Record<string, number | string>>
}

export type Verdict = 'met' | 'missed' | 'not judged' | 'later' | ''

/**
 * A bound that is tighter than the spread of ours against itself is not judged: with rounds that differ by a fifth from
 * each other by themselves, a ratio of 0.9 says nothing. The spread is that of the middle half of the rounds.
 */
export function verdictOf({ ours, peer, again, atMost, later }: Figure): Verdict {
  if (atMost === undefined) return ''
  if (later) return 'later'
  if (peer === undefined) return ours.p50 <= atMost ? 'met' : 'missed'
  if (again !== undefined && noiseOf(again) > Math.max(atMost, 1 / atMost)) return 'not judged'
  return peer.ratio.p50 <= atMost ? 'met' : 'missed'
}

/** How far apart the middle half of these ratios lie from 1, as a factor of at least 1. */
export const noiseOf = ({ p25, p75 }: Spread): number => Math.max(p75, 1 / p25, 1)
