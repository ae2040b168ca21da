import type { Kysely } from 'kysely'
import type { StreamKeyStore } from '../accounts/channels/stream-key-store.ts'
import { durably } from './durable.ts'
import { insertKey, isThere, keyOwner } from './kysely-channels.ts'
import type { Tables } from './tables.ts'

export function kyselyStreamKeys(database: Kysely<Tables>): StreamKeyStore {
  return {
    list: async (channelId) => {
      const rows = await database
        .selectFrom('stream_keys')
        .select(['id', 'label', 'created_at', 'last_used_at'])
        .where('channel_id', '=', channelId)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return rows.map(({ id, label, created_at, last_used_at }) => ({
        ...{ id, label, createdAtMs: created_at },
        lastUsedAtMs: last_used_at ?? undefined,
      }))
    },

    add: (channelId, key, most) =>
      durably(database, async (transaction) => {
        if (!(await isThere(transaction, channelId))) return 'no-channel'
        if ((await keyOwner(transaction, key.digest)) !== undefined) return 'key-taken'
        const { n } = await transaction
          .selectFrom('stream_keys')
          .select((e) => e.fn.countAll<number>().as('n'))
          .where('channel_id', '=', channelId)
          .executeTakeFirstOrThrow()
        if (n >= most) return 'full'
        await insertKey(transaction, channelId, key)
        return 'added'
      }),

    relabel: async (channelId, id, label) => {
      const { numUpdatedRows } = await database
        .updateTable('stream_keys')
        .set({ label })
        .where('id', '=', id)
        .where('channel_id', '=', channelId)
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },

    rotate: (channelId, id, key) =>
      durably(database, async (transaction) => {
        const old = transaction.selectFrom('stream_keys').select(['id', 'hmac']).where('channel_id', '=', channelId)
        const found = await old.where('id', '=', id).executeTakeFirst()
        if (found === undefined) return 'no-key'
        // Its own again is a rotation too: whoever publishes by it must come again.
        if (found.hmac !== key.digest && (await keyOwner(transaction, key.digest)) !== undefined) return 'key-taken'
        await transaction.deleteFrom('stream_keys').where('id', '=', id).execute()
        await insertKey(transaction, channelId, key)
        return 'rotated'
      }),

    revoke: (channelId, id) =>
      durably(database, async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('stream_keys')
          .where('id', '=', id)
          .where('channel_id', '=', channelId)
          .executeTakeFirstOrThrow()
        return numDeletedRows > 0n
      }),

    used: async (uses) => {
      if (uses.length === 0) return
      await database.transaction().execute(async (transaction) => {
        for (const { id, atMs } of uses) {
          await transaction.updateTable('stream_keys').set({ last_used_at: atMs }).where('id', '=', id).execute()
        }
      })
    },
  }
}
