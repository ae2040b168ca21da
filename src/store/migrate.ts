import type { Kysely } from 'kysely'
import { ConfigError } from '../base/errors.ts'
import type { Migration } from './migration.ts'
import { channels } from './migrations/0001-channels.ts'
import { broadcasts } from './migrations/0002-broadcasts.ts'
import { audit } from './migrations/0003-audit.ts'
import { chat } from './migrations/0004-chat.ts'
import { channelDetails } from './migrations/0005-channel-details.ts'
import { people } from './migrations/0006-people.ts'
import { channelPictures } from './migrations/0007-channel-pictures.ts'
import { chatAccounts } from './migrations/0008-chat-accounts.ts'
import { broadcastHistory } from './migrations/0009-broadcast-history.ts'
import { linkContent } from './migrations/0010-link-content.ts'
import { chatReplies } from './migrations/0011-chat-replies.ts'
import { following } from './migrations/0012-following.ts'
import { chatWriters } from './migrations/0013-chat-writers.ts'
import { deviceList } from './migrations/0014-device-list.ts'
import type { Tables } from './tables.ts'

export const MIGRATIONS: readonly Migration[] = [
  ...[channels, broadcasts, audit, chat, channelDetails, people, channelPictures, chatAccounts, broadcastHistory],
  ...[linkContent, chatReplies, following, chatWriters, deviceList],
]

/**
 * Brings the database to the newest schema, each step in a transaction of its own.
 * @throws ConfigError when the database was written by a newer version of the program
 */
export async function migrate(database: Kysely<Tables>, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await database.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'bigint', (column) => column.notNull())
    .execute()
  const newest = await database
    .selectFrom('migrations')
    .select(['number', 'name'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  const at = newest?.number ?? 0
  const known = migrations.at(-1)?.number ?? 0
  if (at > known) {
    throw new ConfigError(
      `the database was written by a newer version of streamhost (its schema is ${at}, this version knows up to ${known}): start that version, or restore a backup made before`,
    )
  }
  for (const migration of migrations.filter(({ number }) => number > at)) {
    await database.transaction().execute(async (transaction) => {
      await migration.up(transaction.schema)
      const { number, name } = migration
      await transaction.insertInto('migrations').values({ number, name, applied_at: Date.now() }).execute()
    })
  }
}
