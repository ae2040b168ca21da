import { z } from 'zod'
import { isSlug } from '../../contract/slug.ts'
import { choice, count, fromFile, offOr, path } from '../kinds.ts'
import { ladderName } from '../ladder-name.ts'

const SLUG = 'a-z, 0-9, - and _, at most 64, beginning with a letter or digit and not with sk_'

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1 && tag.length <= 35
  } catch {
    return false
  }
}

const ChannelConfig = z.strictObject({
  slug: z
    .string({ error: SLUG })
    .regex(/^(?!sk_)[a-z0-9][a-z0-9_-]{0,63}$/, { error: SLUG, abort: true })
    .refine(isSlug, { error: 'a name that the server does not need for itself' })
    .meta({ description: 'The channel’s name in addresses: `/c/<slug>`.', example: 'main-hall' }),
  title: z
    .string()
    .trim()
    .min(1)
    .max(120)
    .optional()
    .meta({ description: 'The channel’s name for people.', example: 'Main hall' }),
  description: z.string().trim().max(2000).optional().meta({
    description: 'What the channel is about, in plain text.',
    example: 'The choir of the valley, Sundays at ten.',
  }),
  language: z
    .string()
    .refine(isLanguage, { error: 'a language as in BCP 47, such as de or pt-BR' })
    .optional()
    .meta({ description: 'The language of its broadcasts, as in BCP 47.', example: 'en-GB' }),
  tags: z
    .array(z.string().trim().min(1).max(30))
    .max(10)
    .optional()
    .meta({ description: 'Words to find it by; at most ten.', example: ['choir', 'music'] }),
  accent: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, { error: 'a colour such as #0b6670' })
    .optional()
    .meta({ description: 'The channel’s colour on its pages.', example: '#0b6670' }),
  key: z
    .string()
    .regex(/^sk_[A-Za-z0-9_-]{17,197}$/, { error: 'sk_ and at least 17 more letters, digits, - or _' })
    .optional()
    .meta({
      description: 'Stream key. Without one the server makes it.',
      example: fromFile('/run/secrets/main-hall'),
      secret: true,
    }),
  access: choice('public', 'unlisted', 'protected').default('public').meta({
    description: '`unlisted` is not shown on the home page; `protected` wants a sign-in or a ticket.',
    effect: 'later',
  }),
  source: z
    .strictObject({
      url: z
        .string()
        .regex(/^(rtmps?|https?):\/\/\S+$/, { error: 'an rtmp:// or http(s):// address' })
        .meta({ description: 'Address of the stream.', example: 'rtmp://camera.example.org/live/1', effect: 'later' }),
    })
    .optional()
    .meta({ description: 'Fetches the broadcast from another server.', effect: 'later' }),
  slate: offOr(path()).optional().meta({ description: 'Overrides `ingest.slate` for this channel.' }),
  ladder: ladderName().optional().meta({
    description: 'Overrides `transcode.ladder` for this channel.',
    example: '480p',
  }),
  opus: z.boolean().optional().meta({ description: 'Overrides `transcode.opus` for this channel.' }),
  chat: z
    .strictObject({ enabled: z.boolean().optional(), guests: z.boolean().optional() })
    .optional()
    .meta({ description: 'Overrides `chat` for this channel.' }),
  recording: z
    .strictObject({
      enabled: z.boolean().optional(),
      retention: z
        .strictObject({ days: count(0, 36_500).optional(), maxPercentOfDisk: count(1, 100).optional() })
        .optional(),
    })
    .optional()
    .meta({ description: 'Overrides `recording` for this channel.', effect: 'later' }),
})
export type ChannelConfig = z.infer<typeof ChannelConfig>

export const Channels = z
  .array(ChannelConfig)
  .max(10_000)
  .superRefine((channels, context) => {
    const seen = new Set<string>()
    const keys = new Set<string>()
    for (const [index, { slug, key }] of channels.entries()) {
      if (seen.has(slug)) {
        context.addIssue({ code: 'custom', path: [index, 'slug'], message: 'a slug that no other channel has' })
      }
      seen.add(slug)
      if (key === undefined) continue
      if (keys.has(key)) {
        context.addIssue({ code: 'custom', path: [index, 'key'], message: 'a key that no other channel has' })
      }
      keys.add(key)
    }
  })
  .default([])
  .meta({
    description:
      'Channels that this file declares; made at start if they are missing, brought up to date if they differ. One that leaves the file stays.',
    reload: 'at once',
    example: [{ slug: 'main-hall', title: 'Main hall', key: fromFile('/run/secrets/main-hall') }],
  })
