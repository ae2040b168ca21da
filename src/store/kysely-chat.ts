import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { NotFoundError } from '../base/errors.ts'
import type { ChatStore, Replied, StoredMessage, StoredRestriction } from '../chat/chat-store.ts'
import { durably } from './durable.ts'
import type { ChatMessagesTable, ChatRestrictionsTable, Tables } from './tables.ts'

/** Restrictions of a channel that are loaded: the newest. */
const MAX_RESTRICTIONS = 20_000
/** Messages that one removal touches: the newest of a person. */
const MAX_REMOVED = 10_000

export function kyselyChat(database: Kysely<Tables>): ChatStore {
  const hide = async (
    channelId: string,
    seqs: readonly number[],
    removal: { by: string; atMs: number; restrictionId: string | null },
  ) => {
    if (seqs.length === 0) return []
    const hidden = await database
      .updateTable('chat_messages')
      .set({ removed_at: removal.atMs, removed_by: removal.by, restriction_id: removal.restrictionId })
      .where('channel_id', '=', channelId)
      .where('seq', 'in', seqs)
      .where('removed_at', 'is', null)
      .returning('seq')
      .execute()
    return hidden.map(({ seq }) => seq).sort((a, b) => a - b)
  }
  /** Rows with who wrote what they answer; what isn't kept any more is left out. */
  const withReplied = async (
    channelId: string,
    rows: readonly Selectable<ChatMessagesTable>[],
  ): Promise<StoredMessage[]> => {
    const seqs = [...new Set(rows.flatMap(({ reply_to }) => (reply_to === null ? [] : [reply_to])))]
    if (seqs.length === 0) return rows.map((row) => messageOf(row))
    const found = await database
      .selectFrom('chat_messages')
      .select(['seq', 'person_id as personId', 'name'])
      .where('channel_id', '=', channelId)
      .where('seq', 'in', seqs)
      .execute()
    const bySeq = new Map(found.map((replied) => [replied.seq, replied]))
    return rows.map((row) => messageOf(row, bySeq.get(row.reply_to ?? 0)))
  }
  const show = async (channelId: string, seqs: readonly number[]): Promise<readonly StoredMessage[]> => {
    if (seqs.length === 0) return []
    const shown = await database
      .updateTable('chat_messages')
      .set({ removed_at: null, removed_by: null, restriction_id: null })
      .where('channel_id', '=', channelId)
      .where('seq', 'in', seqs)
      .where('removed_at', 'is not', null)
      .returningAll()
      .execute()
    return (await withReplied(channelId, shown)).sort((a, b) => a.seq - b.seq)
  }

  return {
    open: async (channelId, reserve, messages, nowMs) => {
      const room = await durably(database, async (transaction) => {
        const row = await roomOf(transaction, channelId)
        const limit = row.next_seq + reserve
        await transaction
          .updateTable('chat_rooms')
          .set({ next_seq: limit })
          .where('channel_id', '=', channelId)
          .execute()
        return {
          nextSeq: row.next_seq,
          limit,
          mode: row.mode,
          slowSeconds: row.slow_seconds,
          writers: row.writers ?? 'everybody',
        }
      })
      const newest = await database
        .selectFrom('chat_messages')
        .selectAll()
        .where('channel_id', '=', channelId)
        .where('removed_at', 'is', null)
        .orderBy('seq', 'desc')
        .limit(messages)
        .execute()
      const restrictions = await database
        .selectFrom('chat_restrictions')
        .selectAll()
        .where('channel_id', '=', channelId)
        .where((e) => e.or([e('until', 'is', null), e('until', '>', nowMs)]))
        .orderBy('at', 'desc')
        .limit(MAX_RESTRICTIONS)
        .execute()
      return {
        ...room,
        messages: await withReplied(channelId, newest.reverse()),
        restrictions: restrictions.reverse().map(restrictionOf),
      }
    },

    reserve: (channelId, limit) =>
      durably(database, async (transaction) => {
        await transaction
          .updateTable('chat_rooms')
          .set({ next_seq: limit })
          .where('channel_id', '=', channelId)
          .where('next_seq', '<', limit)
          .execute()
      }),

    finish: (channelId, nextSeq, limit) =>
      durably(database, async (transaction) => {
        // Only if nobody reserved since.
        await transaction
          .updateTable('chat_rooms')
          .set({ next_seq: nextSeq })
          .where('channel_id', '=', channelId)
          .where('next_seq', '=', limit)
          .execute()
      }),

    append: async (channelId, messages) => {
      if (messages.length === 0) return
      // The channel may have been removed while they waited: then there is nothing to keep. Written twice is kept once.
      await database.transaction().execute(async (transaction) => {
        const channel = await transaction.selectFrom('channels').select('id').where('id', '=', channelId).execute()
        if (channel.length === 0) return
        const values = messages.map((message) => rowOf(channelId, message))
        await transaction
          .insertInto('chat_messages')
          .values(values)
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      })
    },

    list: async (channelId, limit, beforeSeq, personId) => {
      let query = database
        .selectFrom('chat_messages')
        .selectAll()
        .where('channel_id', '=', channelId)
        .orderBy('seq', 'desc')
        .limit(limit)
      if (beforeSeq !== undefined) query = query.where('seq', '<', beforeSeq)
      if (personId !== undefined) query = query.where('person_id', '=', personId)
      return withReplied(channelId, await query.execute())
    },

    message: async (channelId, seq) => {
      const row = await database
        .selectFrom('chat_messages')
        .selectAll()
        .where('channel_id', '=', channelId)
        .where('seq', '=', seq)
        .executeTakeFirst()
      return row && (await withReplied(channelId, [row]))[0]
    },

    remove: (channelId, seq, removal) => hide(channelId, [seq], removal),

    removeOf: async (channelId, personId, removal) => {
      const seqs = await database
        .selectFrom('chat_messages')
        .select('seq')
        .where('channel_id', '=', channelId)
        .where('person_id', '=', personId)
        .where('removed_at', 'is', null)
        .orderBy('seq', 'desc')
        .limit(MAX_REMOVED)
        .execute()
      return hide(
        channelId,
        seqs.map(({ seq }) => seq),
        removal,
      )
    },

    restore: (channelId, seq) => show(channelId, [seq]),

    restoreOf: async (channelId, restrictionId, limit) => {
      const seqs = await database
        .selectFrom('chat_messages')
        .select('seq')
        .where('channel_id', '=', channelId)
        .where('restriction_id', '=', restrictionId)
        .orderBy('seq', 'desc')
        .limit(MAX_REMOVED)
        .execute()
      const shown = await show(
        channelId,
        seqs.map(({ seq }) => seq),
      )
      return shown.slice(-limit)
    },

    setMode: (channelId, { mode, slowSeconds, writers }) =>
      durably(database, async (transaction) => {
        await roomOf(transaction, channelId)
        await transaction
          .updateTable('chat_rooms')
          .set({ mode, slow_seconds: slowSeconds, writers })
          .where('channel_id', '=', channelId)
          .execute()
      }),

    restrict: (channelId, restriction) =>
      durably(database, async (transaction) => {
        const { personId, untilMs, atMs, ...same } = restriction
        const values = { ...same, channel_id: channelId, person_id: personId, until: untilMs, at: atMs }
        await transaction.insertInto('chat_restrictions').values(values).execute()
      }),

    lift: (channelId, restrictionId) =>
      durably(database, async (transaction) => {
        await transaction
          .deleteFrom('chat_restrictions')
          .where('channel_id', '=', channelId)
          .where('id', '=', restrictionId)
          .execute()
      }),

    ofAccount: async (accountId, limit, before) => {
      let query = database
        .selectFrom('chat_messages')
        .innerJoin('channels', 'channels.id', 'chat_messages.channel_id')
        .select(['channel_id', 'seq', 'text', 'name', 'at', 'removed_at', 'channels.slug'])
        .where('account_id', '=', accountId)
        .orderBy('at', 'desc')
        .orderBy('channel_id', 'desc')
        .orderBy('seq', 'desc')
        .limit(limit)
      if (before !== undefined) {
        const { atMs, channelId, seq } = before
        query = query.where(sql<boolean>`(at, channel_id, seq) < (${atMs}, ${channelId}, ${seq})`)
      }
      return (await query.execute()).map(({ channel_id, at, removed_at, ...same }) => ({
        ...{ ...same, channelId: channel_id, atMs: at, removedAtMs: removed_at },
      }))
    },

    removeAccount: (accountId) =>
      durably(database, async (transaction) => {
        const rows = await transaction
          .deleteFrom('chat_messages')
          .where('account_id', '=', accountId)
          .returning(['channel_id', 'seq', 'removed_at'])
          .execute()
        const seen = new Map<string, number[]>()
        for (const { channel_id, seq, removed_at } of rows) {
          if (removed_at === null) seen.set(channel_id, [...(seen.get(channel_id) ?? []), seq])
        }
        return [...seen].map(([channelId, seqs]) => ({ channelId, seqs: seqs.sort((a, b) => a - b) }))
      }),

    prune: async (beforeMs, addressesBeforeMs, limit) => {
      const old = sql`select rowid from chat_messages where at < ${beforeMs} limit ${limit}`
      const deleted = await sql`delete from chat_messages where rowid in (${old})`.execute(database)
      const known = sql`select rowid from chat_messages where at < ${addressesBeforeMs} and address is not null limit ${limit}`
      const cleared = await sql`update chat_messages set address = null where rowid in (${known})`.execute(database)
      await database.deleteFrom('chat_restrictions').where('until', '<', beforeMs).execute()
      return Math.max(Number(deleted.numAffectedRows ?? 0), Number(cleared.numAffectedRows ?? 0))
    },
  }
}

/** The room's row; made on first use. @throws NotFoundError */
async function roomOf(transaction: Transaction<Tables>, channelId: string) {
  const select = transaction.selectFrom('chat_rooms').selectAll().where('channel_id', '=', channelId)
  const known = await select.executeTakeFirst()
  if (known !== undefined) return known
  const channel = await transaction.selectFrom('channels').select('id').where('id', '=', channelId).executeTakeFirst()
  if (channel === undefined) throw new NotFoundError('the channel of this chat was removed')
  const made = { channel_id: channelId, next_seq: 1, mode: 'open' as const, slow_seconds: null, writers: null }
  await transaction.insertInto('chat_rooms').values(made).execute()
  return made
}

function rowOf(channelId: string, message: StoredMessage): ChatMessagesTable {
  const { seq, name, role, text, address } = message
  return {
    ...{ channel_id: channelId, seq, name, role, text, address },
    person_id: message.personId,
    account_id: message.accountId,
    at: message.atMs,
    broadcast_id: message.broadcastId,
    removed_at: message.removedAtMs,
    removed_by: message.removedBy,
    restriction_id: null,
    reply_to: message.replyTo?.seq ?? null,
  }
}

function messageOf(row: Selectable<ChatMessagesTable>, replied?: Replied): StoredMessage {
  const { seq, name, role, text, address } = row
  return {
    ...{ seq, name, role, text, address },
    personId: row.person_id,
    accountId: row.account_id,
    atMs: row.at,
    broadcastId: row.broadcast_id,
    removedAtMs: row.removed_at,
    removedBy: row.removed_by,
    ...(replied && { replyTo: replied }),
  }
}

function restrictionOf(row: Selectable<ChatRestrictionsTable>): StoredRestriction {
  const { id, name, role, kind, address, by, reason } = row
  return { id, name, role, kind, address, by, reason, personId: row.person_id, untilMs: row.until, atMs: row.at }
}
