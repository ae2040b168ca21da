import { z } from 'zod'

/** One of a channel's stream keys: never the key itself. */
export const StreamKey = z.object({
  id: z.string(),
  label: z.string().describe('Who or what it is for; empty for the key that was made with the channel or is declared.'),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso
    .datetime()
    .nullable()
    .describe('When an encoder published by it last; now, while one does. Null: never.'),
  onAir: z.boolean().describe('An encoder publishes by it now.'),
})
export type StreamKey = z.infer<typeof StreamKey>
export const StreamKeyList = z.object({
  items: z.array(StreamKey),
  nextCursor: z.null().describe('A channel has fifty at most: they are one page.'),
})

const Label = z.string().trim().min(1).max(60)
const ChosenKey = z
  .string()
  .optional()
  .describe('A key of your own: `sk_` and at least 17 more characters. Left out: one is made.')

export const NewStreamKey = z.strictObject({ label: Label, key: ChosenKey })
export const StreamKeyChange = z.strictObject({ label: Label })
export const StreamKeyRotation = z.strictObject({ key: ChosenKey })

/** The one answer that ever contains the key. */
export const StreamKeyWithKey = z.object({ streamKey: StreamKey, key: z.string() })
