import type { Kysely } from 'kysely'
import type { FollowStore } from '../accounts/following/follows.ts'
import { durably } from './durable.ts'
import { CHANNEL_COLUMNS, channelRecord } from './kysely-channels.ts'
import type { Tables } from './tables.ts'

export function kyselyFollows(database: Kysely<Tables>): FollowStore {
  const since = async (from: Kysely<Tables>, personId: string, channelId: string): Promise<number | undefined> => {
    const row = await from
      .selectFrom('follows')
      .select('since')
      .where('person_id', '=', personId)
      .where('channel_id', '=', channelId)
      .executeTakeFirst()
    return row?.since
  }
  return {
    since: (personId, channelId) => since(database, personId, channelId),

    follow: (personId, channelId, atMs, most) =>
      durably(database, async (transaction) => {
        const known = await since(transaction, personId, channelId)
        if (known !== undefined) return known
        const { n } = await transaction
          .selectFrom('follows')
          .select((e) => e.fn.countAll<number>().as('n'))
          .where('person_id', '=', personId)
          .executeTakeFirstOrThrow()
        if (n >= most) return 'full'
        const values = { person_id: personId, channel_id: channelId, since: atMs }
        await transaction.insertInto('follows').values(values).execute()
        return atMs
      }),

    unfollow: async (personId, channelId) => {
      await database
        .deleteFrom('follows')
        .where('person_id', '=', personId)
        .where('channel_id', '=', channelId)
        .execute()
    },

    list: async (personId, limit, after) => {
      const rows = await database
        .selectFrom('follows')
        .innerJoin('channels', 'channels.id', 'follows.channel_id')
        .select(CHANNEL_COLUMNS.map((column) => `channels.${column}` as const))
        .select('follows.since')
        .where('follows.person_id', '=', personId)
        .$if(after !== undefined, (query) => query.where('channels.slug', '>', after ?? ''))
        .orderBy('channels.slug')
        .limit(limit)
        .execute()
      return rows.map(({ since, ...row }) => ({ channel: channelRecord(row), sinceMs: since }))
    },
  }
}
