import type { Kysely, Selectable } from 'kysely'
import type {
  BroadcastFigures,
  BroadcastHistoryStore,
  BroadcastRecord,
} from '../accounts/channels/broadcast-history-store.ts'
import type { BroadcastsTable, Tables } from './tables.ts'

export function kyselyBroadcastHistory(database: Kysely<Tables>): BroadcastHistoryStore {
  return {
    figures: async (broadcastId) => {
      const row = await database.selectFrom('broadcasts').selectAll().where('id', '=', broadcastId).executeTakeFirst()
      return row && figuresOf(row)
    },

    note: async (broadcastId, seenAtMs, figures) => {
      await database
        .updateTable('broadcasts')
        .set((e) => ({
          ...columnsOf(figures),
          // By the index of the chat's broadcasts; what moderators removed was not said.
          chat_messages: e
            .selectFrom('chat_messages')
            .select((m) => m.fn.countAll<number>().as('n'))
            .where('broadcast_id', '=', broadcastId)
            .where('removed_at', 'is', null),
          // It says when a broadcast ended that nobody saw end.
          seen_at: seenAtMs,
        }))
        .where('id', '=', broadcastId)
        .execute()
    },

    list: async (channelId, limit, before) => {
      let query = database
        .selectFrom('broadcasts')
        .selectAll()
        .where('channel_id', '=', channelId)
        .where((e) => e.or([e('seconds', 'is', null), e('seconds', '>', 0), e('ended_at', 'is', null)]))
        .orderBy('started_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
      if (before !== undefined) {
        const { startedAtMs, id } = before
        query = query.where((e) =>
          e.or([e('started_at', '<', startedAtMs), e.and([e('started_at', '=', startedAtMs), e('id', '<', id)])]),
        )
      }
      return (await query.execute()).map(recordOf)
    },

    remove: async (channelId, broadcastId) => {
      const row = await database
        .deleteFrom('broadcasts')
        .where('id', '=', broadcastId)
        .where('channel_id', '=', channelId)
        .returningAll()
        .executeTakeFirst()
      return row && recordOf(row)
    },
  }
}

function columnsOf(figures: BroadcastFigures) {
  return {
    ...{ seconds: Math.round(figures.seconds), reconnects: figures.reconnects },
    ...{ peak_viewers: figures.peakViewers, total_viewers: figures.totalViewers },
    ...{ dropped_frames: figures.droppedFrames, healthy_seconds: figures.healthySeconds },
    ...{ look_seconds: figures.lookSeconds, trouble_seconds: figures.troubleSeconds },
  }
}

function figuresOf(row: Selectable<BroadcastsTable>): BroadcastFigures | undefined {
  if (row.seconds === null) return undefined
  return {
    ...{ seconds: row.seconds, reconnects: row.reconnects ?? 0, droppedFrames: row.dropped_frames ?? 0 },
    ...{ peakViewers: row.peak_viewers ?? 0, totalViewers: row.total_viewers ?? 0 },
    ...{ healthySeconds: row.healthy_seconds ?? 0, lookSeconds: row.look_seconds ?? 0 },
    troubleSeconds: row.trouble_seconds ?? 0,
  }
}

function recordOf(row: Selectable<BroadcastsTable>): BroadcastRecord {
  return {
    ...{ id: row.id, title: row.title ?? undefined, startedAtMs: row.started_at },
    ...{ endedAtMs: row.ended_at ?? row.seen_at, chatMessages: row.chat_messages ?? 0, figures: figuresOf(row) },
  }
}
