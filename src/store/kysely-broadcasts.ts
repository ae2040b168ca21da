import { randomUUID } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { broadcastTitle } from '../accounts/channels/channel-details.ts'
import { NotFoundError } from '../base/errors.ts'
import type { BroadcastProgress, BroadcastStore } from '../live/ports.ts'
import { durably } from './durable.ts'
import { parsed } from './kysely-channels.ts'
import type { Tables } from './tables.ts'

/** Media sequence numbers taken at once: half an hour of 2 s segments between two writes. */
export const RESERVED = 1000

/** Of a broadcast that begins: what is counted is noted later. */
const NOTHING_COUNTED = {
  ...{ seconds: 0, peak_viewers: 0, total_viewers: 0, dropped_frames: 0, reconnects: 0, chat_messages: 0 },
  ...{ healthy_seconds: 0, look_seconds: 0, trouble_seconds: 0 },
}

/**
 * Sequences never go back, not even by `kill -9`: what a broadcast may use is written before it uses it, and only a
 * proper finish gives the rest back.
 */
export function kyselyBroadcasts(database: Kysely<Tables>): BroadcastStore {
  return {
    begin: (channelId, startedAtMs) =>
      durably(database, async (transaction) => {
        const channel = await channelOf(transaction, channelId)
        const state = await closeLeftOpen(transaction, channelId)
        const mediaSequence = channel.next_media_sequence
        const discontinuitySequence = channel.discontinuity_sequence + unseen(state)
        const mediaSequenceLimit = mediaSequence + RESERVED
        await update(transaction, channelId, {
          next_media_sequence: mediaSequenceLimit,
          discontinuity_sequence: discontinuitySequence,
        })
        const id = randomUUID()
        await transaction
          .insertInto('broadcasts')
          .values({
            id,
            channel_id: channelId,
            started_at: startedAtMs,
            ended_at: null,
            seen_at: startedAtMs,
            state: 'live',
            first_media_sequence: mediaSequence,
            title: broadcastTitle({ title: channel.title, next: parsed(channel.next_broadcast) }, startedAtMs),
            ...NOTHING_COUNTED,
          })
          .execute()
        return { id, mediaSequence, mediaSequenceLimit, discontinuitySequence, longestGopMs: channel.longest_gop_ms }
      }),

    left: async () => {
      const rows = await database
        .selectFrom('broadcasts')
        .innerJoin('channels', 'channels.id', 'broadcasts.channel_id')
        .select(['broadcasts.id', 'broadcasts.started_at', 'broadcasts.state', 'broadcasts.channel_id'])
        .select(['channels.slug', 'channels.next_media_sequence', 'broadcasts.seen_at', 'broadcasts.seconds'])
        .where('broadcasts.ended_at', 'is', null)
        .execute()
      return rows.map((row) => ({
        id: row.id,
        channel: { id: row.channel_id, slug: row.slug },
        startedAtMs: row.started_at,
        state: row.state === 'stopped' ? 'stopped' : 'live',
        nextMediaSequence: row.next_media_sequence,
        seenAtMs: row.seen_at,
        mediaSeconds: row.seconds ?? 0,
      }))
    },

    resume: (broadcastId, progress) =>
      durably(database, async (transaction) => {
        const broadcast = await leftOpen(transaction, broadcastId)
        if (broadcast === undefined) throw new NotFoundError('this broadcast is over')
        const channel = await channelOf(transaction, broadcast.channel_id)
        const { nextMediaSequence: mediaSequence, discontinuitySequence, longestGopMs } = progress
        const mediaSequenceLimit = Math.max(channel.next_media_sequence, mediaSequence + RESERVED)
        await update(transaction, channel.id, {
          next_media_sequence: mediaSequenceLimit,
          ...forward(channel, { ...progress, longestGopMs: Math.max(longestGopMs, channel.longest_gop_ms) }),
        })
        await goesOn(transaction, broadcastId)
        return {
          ...{ id: broadcastId, mediaSequence, mediaSequenceLimit, discontinuitySequence },
          longestGopMs: channel.longest_gop_ms,
        }
      }),

    resumeAnew: (broadcastId) =>
      durably(database, async (transaction) => {
        const broadcast = await leftOpen(transaction, broadcastId)
        if (broadcast === undefined) throw new NotFoundError('this broadcast is over')
        const channel = await channelOf(transaction, broadcast.channel_id)
        const mediaSequence = channel.next_media_sequence
        const discontinuitySequence = channel.discontinuity_sequence + unseen(broadcast.state)
        const mediaSequenceLimit = mediaSequence + RESERVED
        await update(transaction, channel.id, {
          next_media_sequence: mediaSequenceLimit,
          discontinuity_sequence: discontinuitySequence,
        })
        await goesOn(transaction, broadcastId)
        return {
          ...{ id: broadcastId, mediaSequence, mediaSequenceLimit, discontinuitySequence },
          longestGopMs: channel.longest_gop_ms,
        }
      }),

    abandon: (broadcastId) =>
      durably(database, async (transaction) => {
        const broadcast = await leftOpen(transaction, broadcastId)
        if (broadcast === undefined) return
        const { next_media_sequence, discontinuity_sequence } = await channelOf(transaction, broadcast.channel_id)
        await update(transaction, broadcast.channel_id, {
          next_media_sequence,
          discontinuity_sequence: discontinuity_sequence + unseen(broadcast.state),
        })
        await close(transaction, broadcast)
      }),

    reserve: (channelId, progress) =>
      durably(database, async (transaction) => {
        const channel = await channelOf(transaction, channelId)
        const limit = Math.max(channel.next_media_sequence, progress.nextMediaSequence + RESERVED)
        await update(transaction, channelId, { next_media_sequence: limit, ...forward(channel, progress) })
        await transaction
          .updateTable('broadcasts')
          .set({ seen_at: Date.now() })
          .where('channel_id', '=', channelId)
          .where('state', '=', 'live')
          .execute()
        return limit
      }),

    finish: (broadcastId, endedAtMs, how, progress) =>
      durably(database, async (transaction) => {
        const broadcast = await transaction
          .selectFrom('broadcasts')
          .selectAll()
          .where('id', '=', broadcastId)
          .executeTakeFirst()
        // Gone with its channel, or finished before: there is nothing left to keep.
        if (broadcast === undefined || broadcast.state === 'ended') return
        const channel = await channelOf(transaction, broadcast.channel_id)
        const exact = Math.max(progress.nextMediaSequence, broadcast.first_media_sequence)
        const last = !(await hasLater(transaction, broadcast.channel_id, broadcast.first_media_sequence))
        const next = last ? exact : Math.max(exact, channel.next_media_sequence)
        await update(transaction, channel.id, { next_media_sequence: next, ...forward(channel, progress) })
        await transaction
          .updateTable('broadcasts')
          .set({ state: how, seen_at: endedAtMs, ...(how === 'ended' ? { ended_at: endedAtMs } : {}) })
          .where('id', '=', broadcastId)
          .execute()
      }),
  }
}

async function channelOf(transaction: Transaction<Tables>, channelId: string) {
  const channel = await transaction.selectFrom('channels').selectAll().where('id', '=', channelId).executeTakeFirst()
  if (channel === undefined) throw new NotFoundError('the channel of this broadcast was removed')
  return channel
}

/** Discontinuities are reserved by the same number as media sequences: a killed process may have counted as many, at most, unseen. */
const unseen = (state: string | undefined): number => (state === 'live' ? RESERVED : 0)

type Open = { readonly id: string; readonly state: string; readonly seen_at: number }

/** Its encoder may come back to this process. */
async function goesOn(transaction: Transaction<Tables>, broadcastId: string): Promise<void> {
  await transaction
    .updateTable('broadcasts')
    .set({ state: 'live', seen_at: Date.now() })
    .where('id', '=', broadcastId)
    .execute()
}

/** A broadcast that nobody has ended. */
async function leftOpen(transaction: Transaction<Tables>, broadcastId: string) {
  return await transaction
    .selectFrom('broadcasts')
    .selectAll()
    .where('id', '=', broadcastId)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
}

/** A channel has one broadcast at a time: what an earlier process left open ended when it was last seen. @returns the state of one, `live` if one was killed */
async function closeLeftOpen(transaction: Transaction<Tables>, channelId: string): Promise<string | undefined> {
  const open = await transaction
    .selectFrom('broadcasts')
    .select(['id', 'state', 'seen_at'])
    .where('channel_id', '=', channelId)
    .where('ended_at', 'is', null)
    .execute()
  for (const each of open) await close(transaction, each)
  return (open.find(({ state }) => state === 'live') ?? open[0])?.state
}

async function close(transaction: Transaction<Tables>, { id, state, seen_at }: Open): Promise<void> {
  const closed = { ended_at: seen_at, state: state === 'stopped' ? ('ended' as const) : ('lost' as const) }
  await transaction.updateTable('broadcasts').set(closed).where('id', '=', id).execute()
}

async function hasLater(
  transaction: Transaction<Tables>,
  channelId: string,
  firstMediaSequence: number,
): Promise<boolean> {
  const later = await transaction
    .selectFrom('broadcasts')
    .select('id')
    .where('channel_id', '=', channelId)
    .where('first_media_sequence', '>', firstMediaSequence)
    .limit(1)
    .executeTakeFirst()
  return later !== undefined
}

function forward(channel: { readonly discontinuity_sequence: number }, progress: BroadcastProgress) {
  return {
    discontinuity_sequence: Math.max(channel.discontinuity_sequence, progress.discontinuitySequence),
    longest_gop_ms: progress.longestGopMs,
  }
}

async function update(
  transaction: Transaction<Tables>,
  channelId: string,
  values: { next_media_sequence: number; discontinuity_sequence: number; longest_gop_ms?: number },
): Promise<void> {
  await transaction.updateTable('channels').set(values).where('id', '=', channelId).execute()
}
