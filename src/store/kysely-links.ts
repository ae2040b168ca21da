import type { Kysely, Selectable } from 'kysely'
import type { FoundLink, LinkRecord, LinkStore } from '../accounts/people/person-store.ts'
import { durably } from './durable.ts'
import type { OneTimeLinksTable, Tables } from './tables.ts'

export function kyselyLinks(database: Kysely<Tables>): LinkStore {
  return {
    create: (link, instead) =>
      durably(database, async (transaction) => {
        if (instead) {
          const { purpose, personId, email } = link
          let old = transaction.deleteFrom('one_time_links').where('purpose', '=', purpose)
          if (personId !== null) old = old.where('person_id', '=', personId)
          else if (email !== null) old = old.where('email', '=', email)
          await old.execute()
        }
        await transaction.insertInto('one_time_links').values(rowOf(link)).execute()
      }),

    find: async (hash, nowMs) => {
      const row = await withChannel(database)
        .where('one_time_links.hash', '=', hash)
        .where('one_time_links.expires_at', '>', nowMs)
        .executeTakeFirst()
      return row && foundOf(row)
    },

    use: (hash, purpose, nowMs) =>
      durably(database, async (transaction) => {
        const row = await transaction
          .deleteFrom('one_time_links')
          .where('hash', '=', hash)
          .where('purpose', '=', purpose)
          .where('expires_at', '>', nowMs)
          .returningAll()
          .executeTakeFirst()
        return row && recordOf(row)
      }),

    list: async (purpose, limit, nowMs) => {
      const rows = await withChannel(database)
        .where('one_time_links.purpose', '=', purpose)
        .where('one_time_links.expires_at', '>', nowMs)
        .orderBy('one_time_links.created_at', 'desc')
        .limit(limit)
        .execute()
      return rows.map(foundOf)
    },

    remove: async (id, purpose) => {
      const row = await database
        .deleteFrom('one_time_links')
        .where('id', '=', id)
        .where('purpose', '=', purpose)
        .returningAll()
        .executeTakeFirst()
      return row && recordOf(row)
    },

    prune: async (nowMs) => {
      await database.deleteFrom('one_time_links').where('expires_at', '<=', nowMs).execute()
    },
  }
}

function withChannel(database: Kysely<Tables>) {
  return database
    .selectFrom('one_time_links')
    .leftJoin('channels', 'channels.id', 'one_time_links.channel_id')
    .selectAll('one_time_links')
    .select(['channels.slug as channel_slug', 'channels.title as channel_title'])
}

type WithChannel = Selectable<OneTimeLinksTable> & { channel_slug: string | null; channel_title: string | null }

function foundOf(row: WithChannel): FoundLink {
  const { channel_slug: slug, channel_title: title } = row
  return { ...recordOf(row), channel: slug === null || title === null ? null : { slug, title } }
}

function rowOf(link: LinkRecord): OneTimeLinksTable {
  return {
    ...{ id: link.id, hash: link.hash, purpose: link.purpose, email: link.email, person_id: link.personId },
    ...{ role: link.role, channel_id: link.channelId, channel_role: link.channelRole, made_by: link.from },
    ...{ content: link.content, created_at: link.createdAtMs, expires_at: link.expiresAtMs },
  }
}

function recordOf(row: Selectable<OneTimeLinksTable>): LinkRecord {
  return {
    ...{ id: row.id, hash: row.hash, purpose: row.purpose, email: row.email, personId: row.person_id },
    ...{ role: row.role, channelId: row.channel_id, channelRole: row.channel_role, from: row.made_by },
    ...{ content: row.content, createdAtMs: row.created_at, expiresAtMs: row.expires_at },
  }
}
