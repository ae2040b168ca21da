import { z } from 'zod'

/** What came of reading the configuration again. */
export const ReloadReport = z.object({
  /** Nothing was changed: it was only asked what would. */
  dryRun: z.boolean(),
  changes: z.array(
    z.object({
      setting: z.string().describe('`packaging.liveSeconds`, `channels[main-hall].title`'),
      from: z.string().describe('What is in force, in words; never a secret.'),
      to: z.string(),
      applies: z.enum(['at once', 'next connection', 'next broadcast', 'restart', 'no effect yet']),
    }),
  ),
  /** What is valid, and yet likely not what was meant: sentences, of what is then in force. */
  advice: z.array(z.string()),
  /** Channels that the file declares without a key: their keys are in this answer only. */
  made: z.array(z.object({ slug: z.string(), key: z.string() })),
})
export type ReloadReport = z.infer<typeof ReloadReport>
