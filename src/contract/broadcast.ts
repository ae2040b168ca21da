import { z } from 'zod'

/** A broadcast of a channel's history. */
export const Broadcast = z.object({
  id: z.string(),
  title: z.string().describe('As it was announced, or as the channel was called.'),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable().describe('Null: it goes on.'),
  seconds: z.int().describe('How long there was a picture or sound.'),
  peakViewers: z.int().describe('Most players at the same time.'),
  totalViewers: z.int().describe('Players in all; a page that is loaded again counts again.'),
  chatMessages: z.int().describe('Without what moderators removed.'),
  droppedFrames: z.int().describe('Frames that the encoder left out or that could not be used.'),
  reconnects: z.int(),
  health: z
    .enum(['healthy', 'look', 'trouble'])
    .nullable()
    .describe(
      'How it was as a whole: `trouble` or worth a `look` for a twentieth of the time or more. Null: not known.',
    ),
})
export type Broadcast = z.infer<typeof Broadcast>
export const BroadcastList = z.object({ items: z.array(Broadcast), nextCursor: z.string().nullable() })
