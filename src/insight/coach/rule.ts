import type { ADVICE } from '../../contract/advice.ts'
import type { Advice } from '../../contract/insight.ts'
import type { EncoderFigures } from '../ingest/encoder-figures.ts'
import type { Column, SampleRing } from '../ingest/sample-ring.ts'

export type AdviceKind = (typeof ADVICE)[number]

/** What a rule found wrong: figures as the page shows them, without unit (`docs/operating.md` has each kind's). */
export type Finding = Pick<Advice, 'severity' | 'found' | 'wanted'>

/** `fine`: the advice may go. `unknown`: nothing can be said now, what was said before stands. */
export type Verdict = Finding | 'fine' | 'unknown'

/** One thing that can be wrong with what an encoder sends. Pure: it sees figures and answers. */
export type Rule = {
  readonly kind: AdviceKind
  /** Seconds that it must be wrong before it is said, and right before it is taken back. */
  readonly afterSeconds: number
  readonly goneSeconds: number
  /** @param active it is being said: what ends it must be clearly better than what began it */
  judge(view: CoachView, active: boolean): Verdict
}

/** What the rules see of one broadcast with an encoder connected. */
export class CoachView {
  readonly encoder: EncoderFigures
  /** Whole seconds since this connection began, as far as samples tell. */
  readonly connectedSeconds: number
  readonly #ring: SampleRing

  constructor(ring: SampleRing, encoder: EncoderFigures) {
    this.encoder = encoder
    this.#ring = ring
    this.connectedSeconds = ring.lasting('connection', encoder.connection)
  }

  /** Known values of this connection's newest seconds, newest first. */
  recent(column: Column, seconds: number): number[] {
    return this.#ring.recent(column, Math.min(seconds, this.connectedSeconds))
  }

  sum(column: Column, seconds: number): number {
    return this.recent(column, seconds).reduce((sum, value) => sum + value, 0)
  }

  /**
   * Averages per second of media over blocks of so many seconds, newest first: what the encoder made, however the network
   * brought it.
   */
  perMediaSecond(column: Column, seconds: number, block: number): number[] {
    const averages: number[] = []
    for (let from = 0; from + block <= Math.min(seconds, this.connectedSeconds); from += block) {
      let sum = 0
      let media = 0
      for (let n = from; n < from + block; n++) {
        sum += this.#ring.back(column, n)
        media += this.#ring.back('mediaSeconds', n)
      }
      if (media > block / 4) averages.push(sum / media)
    }
    return averages
  }
}

/** A figure for people: one digit behind the point, none where it is zero. */
export const figure = (value: number): string => String(Math.round(value * 10) / 10)

/** Bits a second as the kilobits a second that encoders ask for. */
export const kilobits = (bits: number): string => String(Math.round(bits / 1000))

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
