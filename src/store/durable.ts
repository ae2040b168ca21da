import { type Kysely, sql, type Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/**
 * A transaction that also outlives a power cut: a checkpoint syncs the log before it moves it (https://sqlite.org/wal.html).
 * For what was told to somebody: a key that was shown, numbers that are used from now on.
 */
export async function durably<T>(
  database: Kysely<Tables>,
  act: (transaction: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  const result = await database.transaction().execute(act)
  await sql`pragma wal_checkpoint(passive)`.execute(database)
  return result
}
