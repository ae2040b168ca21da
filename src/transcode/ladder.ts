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
    .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, { error: 'a-z, 0-9, - and _, at most 32, beginning with a letter or digit' })
    .refine((name) => !TAKEN.includes(name), { error: 'a name that is not taken' }),
  /** Pixels of the short side: a picture that stands upright is this wide. */
  height: z.int().min(64).max(4320).multipleOf(2, { error: 'an even number' }),
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

const RUNGS = 'a list of one to eight rungs'

/** Qualities that are made of a source, best first: what is in a ladder's file. */
export const LadderFile = z
  .strictObject({
    description: z.string().min(1),
    rungs: z.array(Rung, { error: RUNGS }).min(1, { error: RUNGS }).max(8, { error: RUNGS }),
  })
  .superRefine(({ rungs }, context) => {
    for (const [index, rung] of rungs.entries()) {
      const refuse = (key: keyof Rung, message: string) =>
        context.addIssue({ code: 'custom', path: ['rungs', index, key], input: rung[key], message })
      const better = rungs[index - 1]
      if (rung.peakKbps < rung.videoKbps) refuse('peakKbps', `at least videoKbps, which is ${rung.videoKbps}`)
      if (rungs.findIndex(({ name }) => name === rung.name) !== index) refuse('name', 'a name that no other rung has')
      if (better !== undefined && better.height <= rung.height) {
        refuse('height', `less than the rung before, which has ${better.height}`)
      }
    }
  })

/** A ladder, by the name of its file. */
export type Ladder = z.output<typeof LadderFile> & { readonly name: string }

const named = (name: string, file: unknown): Ladder => ({ name, ...LadderFile.parse(file) })

/** The least of those that come with the server. */
export const SMALLEST: Ladder = named('low', low)

/** Those that come with the server, largest first, by name. */
export const LADDERS: ReadonlyMap<string, Ladder> = new Map(
  [
    ...[named('1080p', ladder1080p), named('720p', ladder720p), named('480p', ladder480p)],
    ...[named('small', small), SMALLEST],
  ].map((ladder) => [ladder.name, ladder]),
)
