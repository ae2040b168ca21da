import { z } from 'zod'
import { AuditList } from './audit.ts'
import { BroadcastList } from './broadcast.ts'
import { Channel, ChannelChange, ChannelList, ChannelWithKey, NewChannel, Site } from './channel.ts'
import { ModeratedMessageList, NewRestriction, Restriction, RestrictionList, RoomChange, RoomMode } from './chat.ts'
import { followingOperations } from './following.ts'
import { IngestReport, PageError, QualityReport, Status } from './insight.ts'
import { OembedQuery, OembedVideo } from './oembed.ts'
import { NOTHING, type Operation, Page } from './operation.ts'
import { peopleOperations } from './people-operations.ts'
import { ReloadReport } from './reload.ts'
import {
  NewStreamKey,
  StreamKey,
  StreamKeyChange,
  StreamKeyList,
  StreamKeyRotation,
  StreamKeyWithKey,
} from './stream-key.ts'

/** Not `Slug`: whatever can't be a channel is just not there. */
export const ChannelParams = z.object({ slug: z.string().describe('The channel’s name in addresses.') })

const KeyParams = ChannelParams.extend({ id: z.string().max(100) })
const MessageParams = ChannelParams.extend({ seq: z.coerce.number<number>().int().positive() })

const Health = z.object({
  status: z.literal('ok'),
  version: z.string().optional(),
  node: z.string().optional(),
  uptimeSeconds: z.number().optional(),
  ports: z.record(z.string(), z.int().nullable()).optional().describe('By service; null: not listening.'),
})
const Readiness = z.object({ ready: z.boolean(), reason: z.string().optional() })

/** Every operation that speaks JSON, by method and address. */
export const operations = {
  'GET /api/v1/site': {
    summary: 'What a page must know of this server first',
    tags: ['server'],
    response: { 200: Site },
  },
  'GET /api/v1/oembed': {
    summary: 'How another site shows a channel',
    description: 'oEmbed 1.0. Needs `server.publicUrl`; the site itself must be among `server.embedOrigins`.',
    tags: ['channels'],
    querystring: OembedQuery,
    response: { 200: OembedVideo },
  },
  ...peopleOperations,
  ...followingOperations,
  'POST /api/v1/admin-token': {
    summary: 'Make a new admin token',
    description: 'The old one and every session are worth nothing from then on. The token is in this answer only.',
    tags: ['session'],
    response: { 201: z.object({ token: z.string() }) },
  },
  'GET /api/v1/channels': {
    summary: 'List channels',
    description: 'In the order of their slugs, page by page. Of long descriptions there is only the beginning.',
    tags: ['channels'],
    querystring: Page,
    response: { 200: ChannelList },
  },
  'POST /api/v1/channels': {
    summary: 'Make a channel',
    description: 'The stream key is in this answer only.',
    tags: ['channels'],
    body: NewChannel,
    response: { 201: ChannelWithKey },
    problems: ['conflict'],
  },
  'GET /api/v1/channels/:slug': {
    summary: 'One channel',
    tags: ['channels'],
    params: ChannelParams,
    response: { 200: Channel },
  },
  'PATCH /api/v1/channels/:slug': {
    summary: 'Change a channel',
    description:
      'What is left out stays; null or an empty text takes it away. Open pages learn of it at once, and `…/schedule.ics` has the next broadcast for calendars.',
    tags: ['channels'],
    params: ChannelParams,
    body: ChannelChange,
    response: { 200: Channel },
  },
  'DELETE /api/v1/channels/:slug': {
    summary: 'Delete a channel',
    description: 'With its stream key; a broadcast that goes on ends.',
    tags: ['channels'],
    params: ChannelParams,
    response: { 204: NOTHING },
  },
  'POST /api/v1/channels/:slug/key': {
    summary: 'Give a channel one new stream key in place of all it has',
    description:
      'The old ones are worth nothing from then on, and a broadcast that goes on ends. The key is in this answer only. `…/keys` changes one key and leaves the others.',
    tags: ['channels'],
    params: ChannelParams,
    body: z.strictObject({ key: NewChannel.shape.key }).nullish(),
    response: { 200: ChannelWithKey },
    problems: ['conflict'],
  },
  'GET /api/v1/channels/:slug/keys': {
    summary: 'The stream keys of a channel',
    description: 'What they are for and when they were used: the keys themselves are told to nobody again.',
    tags: ['channels'],
    params: ChannelParams,
    response: { 200: StreamKeyList },
  },
  'POST /api/v1/channels/:slug/keys': {
    summary: 'Give a channel one more stream key',
    description: 'Those it has stay. The key is in this answer only.',
    tags: ['channels'],
    params: ChannelParams,
    body: NewStreamKey,
    response: { 201: StreamKeyWithKey },
    problems: ['conflict', 'limit'],
  },
  'PATCH /api/v1/channels/:slug/keys/:id': {
    summary: 'Call a stream key something else',
    tags: ['channels'],
    params: KeyParams,
    body: StreamKeyChange,
    response: { 200: StreamKey },
    problems: ['conflict'],
  },
  'DELETE /api/v1/channels/:slug/keys/:id': {
    summary: 'Revoke a stream key',
    description:
      'It is worth nothing from then on, and a broadcast that came by it ends at once; those by other keys go on.',
    tags: ['channels'],
    params: KeyParams,
    response: { 204: NOTHING },
  },
  'POST /api/v1/channels/:slug/keys/:id/rotate': {
    summary: 'Put a new stream key in the place of one',
    description:
      'It has the same label and an `id` of its own, and is in this answer only. The old one is worth nothing from then on, and a broadcast that came by it ends at once.',
    tags: ['channels'],
    params: KeyParams,
    body: StreamKeyRotation.nullish(),
    response: { 200: StreamKeyWithKey },
    problems: ['conflict'],
  },
  'GET /api/v1/channels/:slug/broadcasts': {
    summary: 'The broadcasts of a channel so far',
    description:
      'Newest first, page by page: how long, who watched, what was said, how it went. Noted every minute while a broadcast goes on.',
    tags: ['channels'],
    params: ChannelParams,
    querystring: Page,
    response: { 200: BroadcastList },
  },
  'DELETE /api/v1/channels/:slug/broadcasts/:id': {
    summary: 'Forget a broadcast',
    description: 'Nothing is told of it any more. One that goes on must be ended first.',
    tags: ['channels'],
    params: ChannelParams.extend({ id: z.string().max(100) }),
    response: { 204: NOTHING },
    problems: ['conflict'],
  },
  'DELETE /api/v1/channels/:slug/poster': {
    summary: 'Remove a channel’s poster',
    tags: ['channels'],
    params: ChannelParams,
    response: { 200: Channel },
  },
  'DELETE /api/v1/channels/:slug/logo': {
    summary: 'Remove a channel’s logo',
    tags: ['channels'],
    params: ChannelParams,
    response: { 200: Channel },
  },
  'POST /api/v1/channels/:slug/end': {
    summary: 'End the broadcast',
    description:
      '`ended` is false when there was none. The encoder is refused, as it tries again by itself, until it has stayed away for half a minute or longer; another stream key may begin at once.',
    tags: ['channels'],
    params: ChannelParams,
    response: { 200: z.object({ ended: z.boolean() }) },
  },
  'GET /api/v1/channels/:slug/chat/messages': {
    summary: 'What was said, with what was removed',
    description: 'Newest first, page by page. `person` is the `id` of a person: only what they said.',
    tags: ['chat'],
    params: ChannelParams,
    querystring: Page.extend({ person: z.string().max(100).optional() }),
    response: { 200: ModeratedMessageList },
  },
  'DELETE /api/v1/channels/:slug/chat/messages/:seq': {
    summary: 'Remove a message from sight',
    description: '`…/restore` undoes it.',
    tags: ['chat'],
    params: MessageParams,
    response: { 204: NOTHING },
  },
  'POST /api/v1/channels/:slug/chat/messages/:seq/restore': {
    summary: 'Show a removed message again',
    tags: ['chat'],
    params: MessageParams,
    response: { 204: NOTHING },
  },
  'GET /api/v1/channels/:slug/chat/restrictions': {
    summary: 'Who is timed out or banned now',
    description: 'Newest first, page by page.',
    tags: ['chat'],
    params: ChannelParams,
    querystring: Page,
    response: { 200: RestrictionList },
  },
  'POST /api/v1/channels/:slug/chat/restrictions': {
    summary: 'Time somebody out, or ban them',
    description:
      'With `address` also whoever comes from where the person was last seen; `address` of the answer says whether that was known. Deleting the restriction undoes it.',
    tags: ['chat'],
    params: ChannelParams,
    body: NewRestriction,
    response: { 201: Restriction },
  },
  'DELETE /api/v1/channels/:slug/chat/restrictions/:id': {
    summary: 'Lift a restriction',
    description: 'Within a minute of making it this is an undo: messages that were removed with it are shown again.',
    tags: ['chat'],
    params: ChannelParams.extend({ id: z.string().max(100) }),
    response: { 204: NOTHING },
  },
  'GET /api/v1/channels/:slug/chat/room': {
    summary: 'Whether all may write, each now and then, or nobody',
    tags: ['chat'],
    params: ChannelParams,
    response: { 200: RoomMode },
  },
  'PATCH /api/v1/channels/:slug/chat/room': {
    summary: 'Open the chat, slow it down, or switch it off',
    description: 'What is left out stays. Open pages learn of it at once.',
    tags: ['chat'],
    params: ChannelParams,
    body: RoomChange,
    response: { 200: RoomMode },
  },
  'GET /api/v1/channels/:slug/ingest': {
    summary: 'What the encoder sends, and what to do better',
    tags: ['figures'],
    params: ChannelParams,
    querystring: z.object({
      since: z.iso.datetime({ offset: true }).optional().describe('Only samples after this moment.'),
    }),
    response: { 200: IngestReport },
    problems: ['limit'],
  },
  'POST /api/v1/channels/:slug/quality': {
    summary: 'What a player saw',
    description:
      'Of our own page, every 30 s while it plays. A `text/plain` body with the same JSON in it is taken too: `sendBeacon` sends that.',
    tags: ['figures'],
    params: ChannelParams,
    body: QualityReport,
    response: { 204: NOTHING },
    problems: ['limit'],
  },
  'POST /api/v1/page-errors': {
    summary: 'An error that a page met',
    description: 'Of our own pages; counted, and logged the first time. A `text/plain` body is taken too.',
    tags: ['figures'],
    body: PageError,
    response: { 204: NOTHING },
    problems: ['limit'],
  },
  'GET /api/v1/status': {
    summary: 'The server and all that is on air',
    tags: ['figures'],
    response: { 200: Status },
  },
  'POST /api/v1/reload': {
    summary: 'Read the configuration again',
    description:
      'As `SIGHUP` and `streamhost reload` do. A file with a mistake changes nothing: `errors` has the mistakes, as `streamhost check` says them.',
    tags: ['server'],
    body: z.strictObject({ dryRun: z.boolean().default(false).describe('Only say what would change.') }),
    response: { 200: ReloadReport },
    problems: ['configuration'],
  },
  'GET /api/v1/audit': {
    summary: 'Who did what',
    description: 'Newest first, page by page. `action` names an action or its first words: `chat` finds all of chat.',
    tags: ['server'],
    querystring: Page.extend({ channel: z.string().max(64).optional(), action: z.string().max(64).optional() }),
    response: { 200: AuditList },
  },
  'GET /healthz': {
    summary: 'Whether the process is up',
    description: 'All but `status` is for this machine, the metrics token and admins.',
    tags: ['server'],
    response: { 200: Health },
  },
  'GET /readyz': {
    summary: 'Whether traffic may come',
    tags: ['server'],
    response: { 200: Readiness, 503: Readiness },
  },
} as const satisfies Record<string, Operation>

export type Operations = typeof operations
