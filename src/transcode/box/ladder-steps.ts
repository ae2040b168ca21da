import { costOf, type Work } from './cost.ts'

/** One way to run a ladder. */
export type LadderStep = {
  /** How many of its rungs, from the lowest one up; 0: the source alone. */
  readonly rungs: number
  /** Every second frame is left out of them. */
  readonly halfRate: boolean
  /** Processors that it keeps busy. */
  readonly cost: number
}

/** Slower pictures than this are no use: who has 30 a second or fewer isn't offered fewer than 12. */
const LEAST_RATE = 12

/**
 * From the whole ladder down to the source alone, each step cheaper than the one before: the top rung goes first, then the
 * next, then half of the frames of the last one.
 * @param work all rungs, best first
 */
export function ladderSteps(work: Work): LadderStep[] {
  const steps: LadderStep[] = []
  const add = (rungs: number, halfRate: boolean): void => {
    const pictures = work.pictures
      .slice(work.pictures.length - rungs)
      .map((picture) => (halfRate ? { ...picture, framesPerSecond: picture.framesPerSecond / 2 } : picture))
    steps.push({ rungs, halfRate, cost: costOf({ ...work, pictures }) })
  }
  for (let rungs = work.pictures.length; rungs > 0; rungs--) add(rungs, false)
  const last = work.pictures.at(-1)
  if (last !== undefined && last.framesPerSecond / 2 >= LEAST_RATE) add(1, true)
  steps.push({ rungs: 0, halfRate: false, cost: 0 })
  return steps
}
