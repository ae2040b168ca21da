import { type Kysely, sql, type Transaction } from 'kysely'
import type { MemberStore } from '../accounts/channels/members.ts'
import { durably } from './durable.ts'
import { CHANNEL_COLUMNS, channelRecord } from './kysely-channels.ts'
import { like } from './like.ts'
import type { Tables } from './tables.ts'

const ORDER = ['owner', 'streamer', 'moderator']

export function kyselyMembers(database: Kysely<Tables>): MemberStore {
  return {
    roleIn: async (slug, personId) => {
      const row = await database
        .selectFrom('channel_members')
        .innerJoin('channels', 'channels.id', 'channel_members.channel_id')
        .select('channel_members.role')
        .where('channels.slug', '=', slug)
        .where('channel_members.person_id', '=', personId)
        .executeTakeFirst()
      return row?.role
    },

    list: async (channelId) => {
      const rows = await database
        .selectFrom('channel_members')
        .innerJoin('people', 'people.id', 'channel_members.person_id')
        .select(['people.id', 'people.name', 'channel_members.role', 'channel_members.since'])
        .where('channel_members.channel_id', '=', channelId)
        .orderBy('people.name')
        .orderBy('people.id')
        .execute()
      return rows
        .map(({ id, name, role, since }) => ({ personId: id, name, role, sinceMs: since }))
        .sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role))
    },

    ofPerson: async (personId) => {
      const rows = await database
        .selectFrom('channel_members')
        .innerJoin('channels', 'channels.id', 'channel_members.channel_id')
        .select(CHANNEL_COLUMNS.map((column) => `channels.${column}` as const))
        .select('channel_members.role')
        .where('channel_members.person_id', '=', personId)
        .orderBy('channels.slug')
        .execute()
      return rows.map(({ role, ...row }) => ({ channel: channelRecord(row), role }))
    },

    known: (channelId, ownerId, query, limit) =>
      database
        .selectFrom('people')
        .select(['people.id', 'people.name'])
        .where('people.disabled_at', 'is', null)
        .where(sql<boolean>`people.name like ${like(query)} escape '\\'`)
        .where((e) =>
          e.not(
            e.exists(
              e
                .selectFrom('channel_members')
                .select('channel_members.person_id')
                .where('channel_members.channel_id', '=', channelId)
                .whereRef('channel_members.person_id', '=', 'people.id'),
            ),
          ),
        )
        .where((e) =>
          e.or([
            e.exists(
              e
                .selectFrom('chat_messages')
                .select('chat_messages.seq')
                .whereRef('chat_messages.account_id', '=', 'people.id')
                .where('chat_messages.channel_id', '=', channelId),
            ),
            e.exists(
              e
                .selectFrom('channel_members as theirs')
                .innerJoin('channel_members as own', 'own.channel_id', 'theirs.channel_id')
                .select('theirs.person_id')
                .whereRef('theirs.person_id', '=', 'people.id')
                .where('own.person_id', '=', ownerId)
                .where('own.role', '=', 'owner'),
            ),
          ]),
        )
        .orderBy('people.name')
        .orderBy('people.id')
        .limit(limit)
        .execute(),

    set: (channelId, personId, role, { atMs, most, mayOrphan }) =>
      durably(database, async (transaction) => {
        const row = await transaction
          .selectFrom('channel_members')
          .select('role')
          .where('channel_id', '=', channelId)
          .where('person_id', '=', personId)
          .executeTakeFirst()
        const before = row?.role
        if (before === role) return { before }
        if (before === 'owner' && !mayOrphan && (await otherOwners(transaction, channelId, personId)) === 0) {
          return 'last-owner'
        }
        if (before === undefined && (await members(transaction, channelId)) >= most) return 'full'
        await transaction
          .deleteFrom('channel_members')
          .where('channel_id', '=', channelId)
          .where('person_id', '=', personId)
          .execute()
        if (role !== undefined) {
          const values = { channel_id: channelId, person_id: personId, role, since: atMs }
          await transaction.insertInto('channel_members').values(values).execute()
        }
        return { before }
      }),
  }
}

/** Who is disabled owns nothing that anybody could act on. */
async function otherOwners(transaction: Transaction<Tables>, channelId: string, personId: string): Promise<number> {
  const { n } = await transaction
    .selectFrom('channel_members')
    .innerJoin('people', 'people.id', 'channel_members.person_id')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('channel_members.channel_id', '=', channelId)
    .where('channel_members.role', '=', 'owner')
    .where('channel_members.person_id', '!=', personId)
    .where('people.disabled_at', 'is', null)
    .executeTakeFirstOrThrow()
  return n
}

async function members(transaction: Transaction<Tables>, channelId: string): Promise<number> {
  const { n } = await transaction
    .selectFrom('channel_members')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('channel_id', '=', channelId)
    .executeTakeFirstOrThrow()
  return n
}
