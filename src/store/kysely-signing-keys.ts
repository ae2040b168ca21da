import type { Kysely } from 'kysely'
import type { SigningKeyStore } from '../accounts/people/person-store.ts'
import { durably } from './durable.ts'
import type { Tables } from './tables.ts'

export function kyselySigningKeys(database: Kysely<Tables>): SigningKeyStore {
  return {
    list: async () => {
      const rows = await database.selectFrom('signing_keys').selectAll().orderBy('created_at', 'desc').execute()
      return rows.map(({ id, sealed, created_at }) => ({ id, sealed, createdAtMs: created_at }))
    },

    add: ({ id, sealed, createdAtMs }) =>
      durably(database, async (transaction) => {
        await transaction.insertInto('signing_keys').values({ id, sealed, created_at: createdAtMs }).execute()
      }),

    remove: async (ids) => {
      if (ids.length > 0) await database.deleteFrom('signing_keys').where('id', 'in', ids).execute()
    },
  }
}
