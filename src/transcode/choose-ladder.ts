import { costOf } from './box/cost.ts'
import { LADDERS } from './ladder.ts'
import { type Plan, planLadder, type SourcePicture } from './plan.ts'

/** What `auto` chooses from, largest first. */
const CHOICES = ['1080p', '720p', '480p', 'small', 'low'] as const

/** A ladder, and what it is for one source. */
export type ChosenLadder = {
  readonly name: string
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

/** One ladder for a source. @param name of those in `config/ladders` @returns undefined: there is no such ladder */
export function ladderFor(name: string, source: SourcePicture, rules: CostRules): ChosenLadder | undefined {
  const ladder = LADDERS.get(name)
  if (ladder === undefined) return undefined
  const plan = planLadder(ladder, source)
  return { name, plan, cost: costOfPlan(plan, rules) }
}

/**
 * The largest ladder that the box has room for; the smallest that makes anything of this source, if it has not: it waits for
 * room, or is made smaller still.
 * @param room processors that are left for it
 */
export function chooseLadder(source: SourcePicture, room: number, rules: CostRules): ChosenLadder {
  const all = CHOICES.flatMap((name) => ladderFor(name, source, rules) ?? [])
  const useful = all.filter(({ plan }) => plan.rungs.length > 0)
  const chosen = useful.find(({ cost }) => cost <= room) ?? useful.at(-1)
  return chosen ?? { name: 'low', plan: { source: { ...source, framesPerSecond: 0 }, rungs: [] }, cost: 0 }
}

/** Processors that a plan keeps busy. */
export function costOfPlan({ source, rungs }: Plan, { byChip, correct }: CostRules): number {
  const by = byChip ? 'hardware' : (rungs[0]?.preset ?? 'superfast')
  return correct(costOf({ source, pictures: rungs, by }))
}
