import type { Kysely, Selectable } from 'kysely'
import type { ApiTokenRecord, ApiTokenStore } from '../accounts/sign-in/api-tokens.ts'
import { Scope } from '../contract/people.ts'
import { durably } from './durable.ts'
import { personOf } from './kysely-people.ts'
import type { ApiTokensTable, Tables } from './tables.ts'

export function kyselyApiTokens(database: Kysely<Tables>): ApiTokenStore {
  return {
    create: (token, most) =>
      durably(database, async (transaction) => {
        const { id, personId, hash, label, scopes, createdAtMs, expiresAtMs } = token
        const { n } = await transaction
          .selectFrom('api_tokens')
          .select((e) => e.fn.countAll<number>().as('n'))
          .where('person_id', '=', personId)
          .executeTakeFirstOrThrow()
        if (n >= most) return false
        const values = {
          ...{ id, person_id: personId, hash, label, scopes: scopes.join(' '), created_at: createdAtMs },
          ...{ expires_at: expiresAtMs, last_used_at: null },
        }
        await transaction.insertInto('api_tokens').values(values).execute()
        return true
      }),

    list: async (personId) => {
      const rows = await database
        .selectFrom('api_tokens')
        .selectAll()
        .where('person_id', '=', personId)
        .orderBy('created_at', 'desc')
        .execute()
      return rows.map(recordOf)
    },

    find: async (hash, nowMs) => {
      const row = await database.selectFrom('api_tokens').selectAll().where('hash', '=', hash).executeTakeFirst()
      if (row === undefined || (row.expires_at !== null && row.expires_at <= nowMs)) return undefined
      const person = await personOf(database, row.person_id)
      return person === undefined || person.disabledAtMs !== null ? undefined : { token: recordOf(row), person }
    },

    used: async (id, atMs) => {
      await database.updateTable('api_tokens').set({ last_used_at: atMs }).where('id', '=', id).execute()
    },

    remove: (personId, id) =>
      durably(database, async (transaction) => {
        const row = await transaction
          .deleteFrom('api_tokens')
          .where('id', '=', id)
          .where('person_id', '=', personId)
          .returningAll()
          .executeTakeFirst()
        return row && recordOf(row)
      }),
  }
}

function recordOf(row: Selectable<ApiTokensTable>): ApiTokenRecord {
  return {
    ...{ id: row.id, personId: row.person_id, hash: row.hash, label: row.label, createdAtMs: row.created_at },
    scopes: row.scopes.split(' ').flatMap((word) => Scope.options.filter((scope) => scope === word)),
    ...{ expiresAtMs: row.expires_at, lastUsedAtMs: row.last_used_at },
  }
}
