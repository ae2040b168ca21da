import type { Kysely, Selectable, Transaction } from 'kysely'
import type { ChannelDetails, KeptPicture, PlannedBroadcast } from '../accounts/channels/channel-details.ts'
import type { ChannelRecord, ChannelStore, KeyRecord } from '../accounts/channels/channel-store.ts'
import { durably } from './durable.ts'
import type { ChannelsTable, Tables } from './tables.ts'

export const CHANNEL_COLUMNS = [
  ...(['id', 'slug', 'title', 'created_at'] as const),
  ...(['description', 'language', 'tags', 'accent', 'next_broadcast', 'poster', 'logo'] as const),
] as const

export function kyselyChannels(database: Kysely<Tables>): ChannelStore {
  return {
    create: (channel, key, ownerId) =>
      durably(database, async (transaction) => {
        const { id, slug, createdAtMs } = channel
        if (await exists(transaction, slug)) return 'slug-taken'
        if (await keyOwner(transaction, key.digest)) return 'key-taken'
        const values = {
          ...{ id, slug, created_at: createdAtMs },
          ...columnsOf(channel),
          next_media_sequence: 0,
          discontinuity_sequence: 0,
          longest_gop_ms: 0,
        }
        await transaction.insertInto('channels').values(values).execute()
        await insertKey(transaction, id, key)
        if (ownerId !== undefined) {
          const owner = { channel_id: id, person_id: ownerId, role: 'owner', since: createdAtMs } as const
          await transaction.insertInto('channel_members').values(owner).execute()
        }
        return 'created'
      }),

    list: async (limit, afterSlug) => {
      let query = database.selectFrom('channels').select(CHANNEL_COLUMNS).orderBy('slug').limit(limit)
      if (afterSlug !== undefined) query = query.where('slug', '>', afterSlug)
      return (await query.execute()).map(channelRecord)
    },

    bySlug: async (slug) => {
      const row = await database
        .selectFrom('channels')
        .select(CHANNEL_COLUMNS)
        .where('slug', '=', slug)
        .executeTakeFirst()
      return row && channelRecord(row)
    },

    byKeyDigest: async (digest) => {
      const key = await database
        .selectFrom('stream_keys')
        .select(['id', 'channel_id'])
        .where('hmac', '=', digest)
        .executeTakeFirst()
      if (key === undefined) return undefined
      const row = await database
        .selectFrom('channels')
        .select(CHANNEL_COLUMNS)
        .where('id', '=', key.channel_id)
        .executeTakeFirst()
      return row && { channel: channelRecord(row), keyId: key.id }
    },

    hasKey: async (channelId, digest) => (await keyOwner(database, digest)) === channelId,

    change: async (channelId, change) => {
      const values = columnsOf(change)
      if (Object.keys(values).length === 0) return
      await database.updateTable('channels').set(values).where('id', '=', channelId).execute()
    },

    replaceKeys: (channelId, key, which) =>
      durably(database, async (transaction) => {
        if (!(await isThere(transaction, channelId))) return 'no-channel'
        const owner = await keyOwner(transaction, key.digest)
        if (owner !== undefined && owner !== channelId) return 'key-taken'
        let old = transaction.deleteFrom('stream_keys').where('channel_id', '=', channelId)
        if (which === 'unlabelled') old = old.where('label', '=', '')
        const gone = await old.returning('id').execute()
        await insertKey(transaction, channelId, key)
        return gone.map(({ id }) => id)
      }),

    remove: async (channelId) => {
      const { numDeletedRows } = await database
        .deleteFrom('channels')
        .where('id', '=', channelId)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },

    pictures: async () => {
      const rows = await database
        .selectFrom('channels')
        .select(['slug', 'poster', 'logo'])
        .where((e) => e.or([e('poster', 'is not', null), e('logo', 'is not', null)]))
        .execute()
      return rows.flatMap(({ slug, poster, logo }) =>
        [parsed<KeptPicture>(poster), parsed<KeptPicture>(logo)].flatMap((picture) =>
          picture === null ? [] : [{ slug, file: picture.file }],
        ),
      )
    },

    count: async () => {
      const { n } = await database
        .selectFrom('channels')
        .select((e) => e.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
      return n
    },
  }
}

async function exists(transaction: Transaction<Tables>, slug: string): Promise<boolean> {
  return (
    (await transaction.selectFrom('channels').select('id').where('slug', '=', slug).executeTakeFirst()) !== undefined
  )
}

export async function isThere(transaction: Transaction<Tables>, channelId: string): Promise<boolean> {
  const row = await transaction.selectFrom('channels').select('id').where('id', '=', channelId).executeTakeFirst()
  return row !== undefined
}

export async function keyOwner(database: Kysely<Tables>, digest: string): Promise<string | undefined> {
  const row = await database
    .selectFrom('stream_keys')
    .select('channel_id')
    .where('hmac', '=', digest)
    .executeTakeFirst()
  return row?.channel_id
}

export async function insertKey(transaction: Transaction<Tables>, channelId: string, key: KeyRecord): Promise<void> {
  const { id, digest, label, createdAtMs } = key
  const values = { id, channel_id: channelId, hmac: digest, label, created_at: createdAtMs, last_used_at: null }
  await transaction.insertInto('stream_keys').values(values).execute()
}

/** The columns of those details that are given. */
function columnsOf<Given extends Partial<ChannelDetails>>(given: Given): DetailColumns<Given> {
  const { title, description, language, tags, accent, next, poster, logo } = given
  const columns = {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(language !== undefined && { language }),
    ...(tags !== undefined && { tags: JSON.stringify(tags) }),
    ...(accent !== undefined && { accent }),
    ...(next !== undefined && { next_broadcast: jsonOrNull(next) }),
    ...(poster !== undefined && { poster: jsonOrNull(poster) }),
    ...(logo !== undefined && { logo: jsonOrNull(logo) }),
  }
  return columns as DetailColumns<Given>
}

type AllDetails = Pick<ChannelsTable, Exclude<(typeof CHANNEL_COLUMNS)[number], 'id' | 'slug' | 'created_at'>>
type DetailColumns<Given> = Given extends ChannelDetails ? AllDetails : Partial<AllDetails>

export function channelRecord(row: Pick<Selectable<ChannelsTable>, (typeof CHANNEL_COLUMNS)[number]>): ChannelRecord {
  const { id, slug, title, description, language, accent } = row
  return {
    ...{ id, slug, createdAtMs: row.created_at, title, description, language, accent },
    tags: parsed<ChannelDetails['tags']>(row.tags) ?? [],
    next: parsed<PlannedBroadcast>(row.next_broadcast),
    poster: parsed<KeptPicture>(row.poster),
    logo: parsed<KeptPicture>(row.logo),
  }
}

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}

/** Written by us alone. */
export function parsed<T>(json: string | null): T | null {
  return json === null ? null : (JSON.parse(json) as T)
}
