import type { Kysely, Transaction } from 'kysely'
import type { WatchStep, WatchStore } from '../accounts/following/watch-history.ts'
import type { Tables } from './tables.ts'

export function kyselyWatched(database: Kysely<Tables>): WatchStore {
  return {
    add: (steps, mostOfOne) =>
      database.transaction().execute(async (transaction) => {
        for (const step of steps) if (await addStep(transaction, step)) await makeRoom(transaction, step, mostOfOne)
      }),

    list: async (personId, limit, before) => {
      const rows = await database
        .selectFrom('watched')
        .innerJoin('channels', 'channels.id', 'watched.channel_id')
        .select(['watched.broadcast_id', 'watched.first_at', 'watched.last_at', 'watched.seconds'])
        .select(['channels.slug', 'channels.title'])
        .where('watched.person_id', '=', personId)
        .$if(before !== undefined, (query) =>
          query.where((e) =>
            e.or([
              e('watched.last_at', '<', before?.lastMs ?? 0),
              e.and([
                e('watched.last_at', '=', before?.lastMs ?? 0),
                e('watched.broadcast_id', '<', before?.broadcastId ?? ''),
              ]),
            ]),
          ),
        )
        .orderBy('watched.last_at', 'desc')
        .orderBy('watched.broadcast_id', 'desc')
        .limit(limit)
        .execute()
      return rows.map(({ broadcast_id, first_at, last_at, seconds, slug, title }) => ({
        ...{ broadcastId: broadcast_id, channel: { slug, title }, firstMs: first_at, lastMs: last_at, seconds },
      }))
    },

    remove: async (personId, broadcastId) => {
      const { numDeletedRows } = await database
        .deleteFrom('watched')
        .where('person_id', '=', personId)
        .where('broadcast_id', '=', broadcastId)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },

    clear: async (personId) => {
      await database.deleteFrom('watched').where('person_id', '=', personId).execute()
    },
  }
}

/** @returns whether it is a new entry */
async function addStep(transaction: Transaction<Tables>, step: WatchStep): Promise<boolean> {
  const { personId, channelId, broadcastId, fromMs, toMs, seconds } = step
  const { numUpdatedRows } = await transaction
    .updateTable('watched')
    .set((e) => ({ last_at: toMs, seconds: e('seconds', '+', seconds) }))
    .where('person_id', '=', personId)
    .where('broadcast_id', '=', broadcastId)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows > 0n) return false
  // Who or what is gone meanwhile leaves nothing behind.
  const there = await transaction
    .selectFrom('people')
    .innerJoin('channels', (join) => join.on('channels.id', '=', channelId))
    .select('people.id')
    .where('people.id', '=', personId)
    .executeTakeFirst()
  if (there === undefined) return false
  const values = { person_id: personId, broadcast_id: broadcastId, channel_id: channelId }
  await transaction
    .insertInto('watched')
    .values({ ...values, first_at: fromMs, last_at: toMs, seconds })
    .execute()
  return true
}

async function makeRoom(transaction: Transaction<Tables>, { personId }: WatchStep, most: number): Promise<void> {
  const oldest = await transaction
    .selectFrom('watched')
    .select('broadcast_id')
    .where('person_id', '=', personId)
    .orderBy('last_at', 'desc')
    .orderBy('broadcast_id', 'desc')
    .limit(100)
    .offset(most)
    .execute()
  if (oldest.length === 0) return
  await transaction
    .deleteFrom('watched')
    .where('person_id', '=', personId)
    .where(
      'broadcast_id',
      'in',
      oldest.map(({ broadcast_id }) => broadcast_id),
    )
    .execute()
}
