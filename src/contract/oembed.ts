import { z } from 'zod'

const side = z.coerce.number<number>().int().min(1).max(10_000).optional()

/** oEmbed 1.0 (oembed.com), section 2.2. */
export const OembedQuery = z.object({
  url: z.string().max(500).describe('The address of a channel’s page or player.'),
  maxwidth: side.describe('How wide the player may be, in pixels.'),
  maxheight: side.describe('How high the player may be, in pixels.'),
  format: z.string().max(20).default('json').describe('`json`; nothing else is spoken.'),
})

/** Section 2.3.4. */
export const OembedVideo = z.object({
  version: z.literal('1.0'),
  type: z.literal('video'),
  title: z.string(),
  provider_name: z.string(),
  provider_url: z.string(),
  cache_age: z.int(),
  thumbnail_url: z.string(),
  thumbnail_width: z.int(),
  thumbnail_height: z.int(),
  html: z.string(),
  width: z.int(),
  height: z.int(),
})
