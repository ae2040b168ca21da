import { costOf } from './box/cost.ts'
import { LADDERS, type Ladder, SMALLEST } from './ladder.ts'
import { type Plan, planLadder, type SourcePicture } from './plan.ts'

/** A ladder, and what it is for one source. */
export type ChosenLadder = {
  readonly ladder: Ladder
  /** Without rungs: there is nothing to make of this source. */
  readonly plan: Plan
  /** Processors that it keeps busy. */
  readonly cost: number
}

export type CostRules = {
  /** What encodes is no processor. */
  readonly byChip: boolean
  /** What the model says, as this machine does it. */
  readonly correct: (cost: number) => number
}

/** One ladder for a source. */
export function ladderFor(ladder: Ladder, source: SourcePicture, rules: CostRules): ChosenLadder {
  const plan = planLadder(ladder, source)
  return { ladder, plan, cost: costOfPlan(plan, rules) }
}

/**
 * The largest of the server's own ladders that the box has room for; the smallest that makes anything of this source, if it has not: it waits for
 * room, or is made smaller still.
 * @param room processors that are left for it
 */
export function chooseLadder(source: SourcePicture, room: number, rules: CostRules): ChosenLadder {
  const all = [...LADDERS.values()].map((ladder) => ladderFor(ladder, source, rules))
  const useful = all.filter(({ plan }) => plan.rungs.length > 0)
  return useful.find(({ cost }) => cost <= room) ?? useful.at(-1) ?? ladderFor(SMALLEST, source, rules)
}

/** Processors that a plan keeps busy. */
export function costOfPlan({ source, rungs }: Plan, { byChip, correct }: CostRules): number {
  const by = byChip ? 'hardware' : (rungs[0]?.preset ?? 'superfast')
  return correct(costOf({ source, pictures: rungs, by }))
}
