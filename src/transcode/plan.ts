import type { Ladder, Rung } from './ladder.ts'

/** The picture that an encoder sends, as it is shown: a pixel is a square. */
export type SourcePicture = {
  readonly width: number
  readonly height: number
  /** Undefined: not known yet, taken for a usual one. */
  readonly framesPerSecond: number | undefined
}

/** A rung for one source. */
export type PlannedRung = Omit<Rung, 'height'> & {
  readonly width: number
  readonly height: number
  /** As many as will come. */
  readonly framesPerSecond: number
  /** A frame that comes sooner after the one before is left out, unless it is a key frame. Milliseconds; undefined: none is. */
  readonly leastGapMs: number | undefined
}

export type Plan = {
  readonly source: SourcePicture & { readonly framesPerSecond: number }
  /** Best first; empty: there is nothing to make of this source. */
  readonly rungs: readonly PlannedRung[]
}

const USUAL_RATE = 30
/** So much above the most is still taken as it is: rates are measured. */
const TOLERANCE = 1.05
/** Of the time between two frames of the most that is allowed: timestamps are rounded, and cameras aren't exact. */
const LEAST_GAP = 0.9

/**
 * What a ladder is for a source: rungs that are smaller than its picture, with its shape, in even sizes. The source itself is
 * never encoded anew, and never made larger. Of a picture that stands upright the width counts as its height.
 * @param halfRate every second frame is left out of all rungs
 */
export function planLadder(ladder: Ladder, picture: SourcePicture, halfRate = false): Plan {
  const source = { ...picture, framesPerSecond: picture.framesPerSecond ?? USUAL_RATE }
  const short = Math.min(source.width, source.height)
  const rungs = ladder.rungs
    .filter(({ height }) => height < short)
    .map((rung): PlannedRung => {
      const scale = rung.height / short
      const most = Math.min(rung.framesPerSecond, source.framesPerSecond) / (halfRate ? 2 : 1)
      const limited = source.framesPerSecond > most * TOLERANCE
      return {
        ...rung,
        width: even(source.width * scale),
        height: even(source.height * scale),
        framesPerSecond: limited ? ofEvery(source.framesPerSecond, most) : source.framesPerSecond,
        leastGapMs: limited ? Math.round((LEAST_GAP * 1000) / most) : undefined,
      }
    })
  return { source, rungs }
}

/** The rate that is left when of the frames of a steady source each comes `LEAST_GAP` of its time after the one before at least. */
const ofEvery = (rate: number, most: number): number => rate / Math.ceil((rate * LEAST_GAP) / most - 0.01)

const even = (pixels: number): number => Math.max(2, 2 * Math.round(pixels / 2))
