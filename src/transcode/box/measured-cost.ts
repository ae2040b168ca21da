/** The model may be wrong by so much and no more: beyond it what was measured is a mistake. */
const LEAST = 0.2
const MOST = 5
/** A look at a child that did less than this says nothing: starting it costs more. Processor seconds. */
const MIN_SECONDS = 1
/** Processor seconds of work after which half of what was known before is forgotten. */
const HALF_LIFE = 60

/**
 * How far the machine is from the model of what encoding costs, from what children really used. One for each kind of
 * encoder: another chip has its own ratio.
 */
export class MeasuredCost {
  readonly #ratios = new Map<string, number>()

  /** @param startWith what a short trial found before there was any child (1: as the model) */
  constructor(startWith: Readonly<Record<string, number>> = {}) {
    for (const [encoder, ratio] of Object.entries(startWith)) this.#ratios.set(encoder, within(ratio))
  }

  /** @param expected by the model @param used in truth; both processor seconds of the same time and work */
  note(encoder: string, expected: number, used: number): void {
    if (expected < MIN_SECONDS || !Number.isFinite(used)) return
    const ratio = within(used / expected)
    const known = this.#ratios.get(encoder)
    const weight = known === undefined ? 1 : 1 - 0.5 ** (expected / HALF_LIFE)
    this.#ratios.set(encoder, known === undefined ? ratio : known + (ratio - known) * weight)
  }

  /** What the model says, as this machine does it. */
  correct(encoder: string, cost: number): number {
    return cost * (this.#ratios.get(encoder) ?? 1)
  }
}

const within = (ratio: number): number => Math.min(MOST, Math.max(LEAST, ratio))
