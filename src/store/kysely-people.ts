import { type Kysely, type Selectable, sql, type Transaction, type Updateable } from 'kysely'
import type { PersonChanges, PersonRecord, PersonStore } from '../accounts/people/person-store.ts'
import { durably } from './durable.ts'
import { like } from './like.ts'
import type { PeopleTable, Tables } from './tables.ts'

export function kyselyPeople(database: Kysely<Tables>): PersonStore {
  return {
    create: (person, emailKey, linkHash) =>
      durably(database, async (transaction) => {
        if (await isTaken(transaction, emailKey, person.id)) return 'email-taken'
        const link = linkHash === null ? undefined : await takeLink(transaction, linkHash, person.createdAtMs)
        if (linkHash !== null && link === undefined) return 'link-used'
        await transaction.insertInto('people').values(rowOf(person, emailKey)).execute()
        if (link?.channel_id != null && link.channel_role !== null) {
          const { channel_id, channel_role: role } = link
          const member = { channel_id, person_id: person.id, role, since: person.createdAtMs }
          await transaction.insertInto('channel_members').values(member).execute()
        }
        return 'created'
      }),

    byId: (id) => personOf(database, id),

    byEmailKey: async (emailKey) => {
      const row = await database.selectFrom('people').selectAll().where('email_key', '=', emailKey).executeTakeFirst()
      return row && recordOf(row)
    },

    list: async (limit, after, { query, role }) => {
      let rows = database
        .selectFrom('people')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
      if (after !== undefined) {
        const { createdAtMs, id } = after
        rows = rows.where((e) =>
          e.or([e('created_at', '<', createdAtMs), e.and([e('created_at', '=', createdAtMs), e('id', '<', id)])]),
        )
      }
      if (role !== undefined) rows = rows.where('role', '=', role)
      if (query !== undefined && query !== '') {
        const found = like(query)
        rows = rows.where(sql<boolean>`(name like ${found} escape '\\' or email like ${found} escape '\\')`)
      }
      return (await rows.execute()).map(recordOf)
    },

    change: (id, changes, emailKey) =>
      durably(database, async (transaction) => {
        const before = await personOf(transaction, id)
        if (before === undefined) return undefined
        if (emailKey !== undefined && (await isTaken(transaction, emailKey, id))) return 'email-taken'
        const after = { ...before, ...changes }
        const gone = isAdmin(before) && !isAdmin(after)
        if (gone && (await otherAdmins(transaction, id)) === 0) return 'last-admin'
        const values = changesOf(changes, emailKey)
        if (Object.keys(values).length === 0) return before
        await transaction.updateTable('people').set(values).where('id', '=', id).execute()
        return after
      }),

    remove: (id) =>
      durably(database, async (transaction) => {
        const before = await personOf(transaction, id)
        if (before === undefined) return undefined
        if (isAdmin(before) && (await otherAdmins(transaction, id)) === 0) return 'last-admin'
        await transaction.deleteFrom('people').where('id', '=', id).execute()
        return 'removed'
      }),

    count: async () => {
      const { n } = await database
        .selectFrom('people')
        .select((e) => e.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
      return n
    },

    tokensChanged: async (sinceMs) => {
      const rows = await database
        .selectFrom('people')
        .select(['id', 'tokens_since'])
        .where('tokens_since', '>=', sinceMs)
        .execute()
      return rows.map(({ id, tokens_since }) => ({ id, tokensSinceMs: tokens_since }))
    },
  }
}

export async function personOf(database: Kysely<Tables>, id: string): Promise<PersonRecord | undefined> {
  const row = await database.selectFrom('people').selectAll().where('id', '=', id).executeTakeFirst()
  return row && recordOf(row)
}

async function isTaken(transaction: Transaction<Tables>, emailKey: string, by: string): Promise<boolean> {
  const row = await transaction
    .selectFrom('people')
    .select('id')
    .where('email_key', '=', emailKey)
    .where('id', '!=', by)
    .executeTakeFirst()
  return row !== undefined
}

function takeLink(transaction: Transaction<Tables>, hash: string, nowMs: number) {
  return transaction
    .deleteFrom('one_time_links')
    .where('hash', '=', hash)
    .where('expires_at', '>', nowMs)
    .returning(['channel_id', 'channel_role'])
    .executeTakeFirst()
}

function isAdmin({ role, disabledAtMs }: PersonRecord): boolean {
  return role === 'admin' && disabledAtMs === null
}

async function otherAdmins(transaction: Transaction<Tables>, id: string): Promise<number> {
  const { n } = await transaction
    .selectFrom('people')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .where('id', '!=', id)
    .executeTakeFirstOrThrow()
  return n
}

function rowOf(person: PersonRecord, emailKey: string): PeopleTable {
  return {
    ...{ id: person.id, name: person.name, email: person.email, email_key: emailKey, role: person.role },
    ...{ email_verified: person.emailVerified ? 1 : 0, password_hash: person.passwordHash, locale: person.locale },
    ...{ created_at: person.createdAtMs, last_seen_at: person.lastSeenAtMs, disabled_at: person.disabledAtMs },
    tokens_since: person.tokensSinceMs,
  }
}

function changesOf(changes: PersonChanges, emailKey: string | undefined): Updateable<PeopleTable> {
  const { name, email, emailVerified, role, passwordHash, locale } = changes
  const { lastSeenAtMs, disabledAtMs, tokensSinceMs } = changes
  const values: Updateable<PeopleTable> = {
    ...{ name, email, email_key: emailKey, role, password_hash: passwordHash, locale },
    ...{ email_verified: emailVerified === undefined ? undefined : emailVerified ? 1 : 0 },
    ...{ last_seen_at: lastSeenAtMs, disabled_at: disabledAtMs, tokens_since: tokensSinceMs },
  }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function recordOf(row: Selectable<PeopleTable>): PersonRecord {
  return {
    ...{ id: row.id, name: row.name, email: row.email, emailVerified: row.email_verified !== 0, role: row.role },
    ...{ passwordHash: row.password_hash, locale: row.locale, createdAtMs: row.created_at },
    ...{ lastSeenAtMs: row.last_seen_at, disabledAtMs: row.disabled_at, tokensSinceMs: row.tokens_since },
  }
}
