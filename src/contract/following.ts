import { z } from 'zod'
import { Channel } from './channel.ts'
import { NOTHING, type Operation, Page } from './operation.ts'

/** Whether the person who asks follows a channel. */
export const FollowState = z.object({
  /** Null: not. */
  since: z.iso.datetime().nullable(),
})

export const FollowedChannel = z.object({ channel: Channel, since: z.iso.datetime() })
export type FollowedChannel = z.infer<typeof FollowedChannel>
export const FollowedChannelList = z.object({ items: z.array(FollowedChannel), nextCursor: z.string().nullable() })

/** What the person who asks watched of one broadcast. */
export const WatchedBroadcast = z.object({
  /** Of the broadcast. */
  id: z.string(),
  channel: z.object({ slug: z.string(), title: z.string() }),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  /** How long a player of theirs played in it. */
  seconds: z.int(),
})
export type WatchedBroadcast = z.infer<typeof WatchedBroadcast>
export const WatchedBroadcastList = z.object({ items: z.array(WatchedBroadcast), nextCursor: z.string().nullable() })

const SlugParams = z.object({ slug: z.string().describe('The channel’s name in addresses.') })

/** What somebody follows and watched; part of `operations`. */
export const followingOperations = {
  'GET /api/v1/you/follows': {
    summary: 'Channels that you follow',
    description: 'In the order of their slugs, page by page. Nobody else sees them.',
    tags: ['people'],
    querystring: Page,
    response: { 200: FollowedChannelList },
  },
  'GET /api/v1/you/follows/:slug': {
    summary: 'Whether you follow a channel',
    tags: ['people'],
    params: SlugParams,
    response: { 200: FollowState },
  },
  'PUT /api/v1/you/follows/:slug': {
    summary: 'Follow a channel',
    tags: ['people'],
    params: SlugParams,
    response: { 200: FollowState },
    problems: ['limit'],
  },
  'DELETE /api/v1/you/follows/:slug': {
    summary: 'Follow a channel no more',
    tags: ['people'],
    params: SlugParams,
    response: { 204: NOTHING },
  },
  'GET /api/v1/you/history': {
    summary: 'What you watched',
    description: 'Last watched first, page by page: broadcasts, and how long. Nobody else sees it.',
    tags: ['people'],
    querystring: Page,
    response: { 200: WatchedBroadcastList },
  },
  'DELETE /api/v1/you/history': {
    summary: 'Forget all that you watched',
    tags: ['people'],
    response: { 204: NOTHING },
  },
  'DELETE /api/v1/you/history/:id': {
    summary: 'Forget that you watched a broadcast',
    tags: ['people'],
    params: z.object({ id: z.string().max(100) }),
    response: { 204: NOTHING },
  },
} as const satisfies Record<string, Operation>
