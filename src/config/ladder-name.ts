import { z } from 'zod'
import { offOr } from './kinds.ts'

/** The ladders that come with the server. */
export const LADDER_NAMES = ['1080p', '720p', '480p', 'small', 'low'] as const

const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/

/** Whether a file with this name before its ending can be named as a ladder. */
export function isLadderName(name: string): boolean {
  return NAME.test(name)
}

/** `off` (or `false`), `auto`, or the name of a ladder: of its file, without the ending. Whether it is there is looked at later. */
export function ladderName() {
  const error = `auto, off, or the name of a ladder: one of ${LADDER_NAMES.join(', ')}, or a file’s (a-z, 0-9, - and _)`
  return offOr(
    z
      .string({ error })
      .regex(NAME, { error })
      .meta({ examples: ['auto', 'off', ...LADDER_NAMES] }),
  )
}
