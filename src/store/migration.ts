import type { SchemaModule } from 'kysely'

/** One step of the schema, forward only. A released step is never changed: the next change is the next number. */
export type Migration = {
  readonly number: number
  readonly name: string
  up(schema: SchemaModule): Promise<void>
}
