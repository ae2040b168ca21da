import { z } from 'zod'

/**
 * One operation of the HTTP API, in the shape that Fastify takes for a route's schema: routes use the entry itself, the page
 * takes its types from it, the OpenAPI document and its page tell of it.
 */
export type Operation = {
  readonly summary: string
  /** More than the summary says, in Markdown's simplest form: paragraphs and `code`. */
  readonly description?: string
  readonly tags: readonly [Tag]
  readonly params?: z.ZodObject
  readonly querystring?: z.ZodObject
  readonly body?: z.ZodType
  /** What it answers when all is well; NOTHING for 204. */
  readonly response: Readonly<Record<number, z.ZodType>>
  /** Problems beside those that follow from its inputs and from who may use it. */
  readonly problems?: readonly ('conflict' | 'limit' | 'configuration' | 'unauthorized' | 'forbidden' | 'not-found')[]
}

export const TAGS = {
  channels: 'What they are called, and whether they are on air.',
  chat: 'What is said beside the picture, and its moderation.',
  figures: 'How encoders, players and the server are doing.',
  session: 'Who is asking.',
  people: 'Accounts, and what they may do.',
  server: 'What concerns all of it.',
  playback: 'The media, for players.',
  ingest: 'Media on its way in.',
} as const
export type Tag = keyof typeof TAGS

/** The body of an answer with status 204. */
export const NOTHING = z.null()

/** What every list that is read page by page is asked with. */
export const Page = z.object({
  limit: z.coerce.number<number>().int().min(1).max(100).default(50).describe('Items a page.'),
  cursor: z.string().min(1).max(200).optional().describe('`nextCursor` of the page before; left out: the first page.'),
})
