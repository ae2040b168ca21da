import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { ConfigError, messageOf } from '../base/errors.ts'
import { migrate } from './migrate.ts'
import { forKysely } from './node-sqlite.ts'
import { sqliteCode } from './sqlite-error.ts'
import type { Tables } from './tables.ts'

/** How long a statement waits for another program's lock (a backup, a shell) before it gives up. */
const BUSY_MS = 3000

/**
 * Opens the file, makes it on the first run (mode 0600), and brings it to the newest schema. Blocks: for the worker only.
 * @throws ConfigError with a sentence that says what to do
 */
export async function openDatabase(path: string): Promise<Kysely<Tables>> {
  const database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: forKysely(openFile(path)) }) })
  try {
    await migrate(database)
    return database
  } catch (error) {
    await database.destroy()
    throw sentenceFor(path, error)
  }
}

function openFile(path: string): DatabaseSync {
  let file: DatabaseSync | undefined
  try {
    closeSync(openSync(path, 'a', 0o600))
    file = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true })
    // WAL: readers and the writer don't wait for each other. NORMAL: a power cut may undo the last transactions, never
    // damage the file; what must outlive one is made durable where it is written.
    file.exec('pragma journal_mode = wal; pragma synchronous = normal')
    return file
  } catch (error) {
    file?.close()
    throw sentenceFor(path, error)
  }
}

function sentenceFor(path: string, error: unknown): Error {
  if (error instanceof ConfigError) return error
  const words: Partial<Record<string, string>> = {
    busy: `the database ${path} is in use by another program: stop it, or choose another storage.dataDir`,
    damaged: `the database ${path} is damaged or no database: restore it from a backup, or move it away to begin anew`,
    full: `the disk of ${path} is full: make room, or choose another storage.dataDir`,
  }
  const sentence =
    words[sqliteCode(error)] ??
    `the database ${path} can't be opened (${messageOf(error)}): set storage.dataDir to a directory this user may write to`
  return new ConfigError(sentence, { cause: error })
}
