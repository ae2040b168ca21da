import { z } from 'zod'
import ladder480p from '../../config/ladders/480p.json' with { type: 'json' }
import ladder720p from '../../config/ladders/720p.json' with { type: 'json' }
import ladder1080p from '../../config/ladders/1080p.json' with { type: 'json' }
import low from '../../config/ladders/low.json' with { type: 'json' }
import small from '../../config/ladders/small.json' with { type: 'json' }
import { PRESETS } from './box/cost.ts'

/** Names that playlists and pictures of a channel have already. */
const TAKEN = ['index', 'manifest', 'poster', 'storyboard', 'source', 'video', 'audio', 'opus']

const Rung = z.strictObject({
  /** Of its playlist: `480p`. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/)
    .refine((name) => !TAKEN.includes(name), { error: 'a name that is not taken' }),
  /** Pixels of the short side: a picture that stands upright is this wide. */
  height: z.int().min(64).max(4320).multipleOf(2),
  /** Frames a second at most; a source that has more loses every second, third, … of them. */
  framesPerSecond: z.int().min(5).max(120),
  videoKbps: z.int().min(50).max(50_000),
  /** The most within a second. */
  peakKbps: z.int().min(50).max(100_000),
  profile: z.enum(['baseline', 'main', 'high']),
  preset: z.enum(PRESETS).default('superfast'),
  /** Made only while somebody watches it (`transcode.onDemand: ladder`). */
  onDemand: z.boolean().optional(),
})
export type Rung = z.output<typeof Rung>

/** Qualities that are made of a source, best first. */
export const Ladder = z
  .strictObject({ description: z.string().min(1), rungs: z.array(Rung).min(1).max(8) })
  .superRefine(({ rungs }, context) => {
    const refuse = (index: number, message: string) =>
      context.addIssue({ code: 'custom', path: ['rungs', index], message })
    for (const [index, rung] of rungs.entries()) {
      const better = rungs[index - 1]
      if (rung.peakKbps < rung.videoKbps) refuse(index, 'a peak that is not below the average')
      if (rungs.findIndex(({ name }) => name === rung.name) !== index) refuse(index, 'a name that no other rung has')
      if (better !== undefined && better.height <= rung.height) refuse(index, 'a lower picture than the rung before')
    }
  })
export type Ladder = z.output<typeof Ladder>

/** The files of `config/ladders`, largest first, by name. */
export const LADDERS: ReadonlyMap<string, Ladder> = new Map(
  Object.entries({ '1080p': ladder1080p, '720p': ladder720p, '480p': ladder480p, small, low }).map(([name, ladder]) => [
    name,
    Ladder.parse(ladder),
  ]),
)
