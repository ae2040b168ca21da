import type { Migration } from '../migration.ts'

export const channelDetails: Migration = {
  number: 5,
  name: 'channel details',
  async up(schema) {
    // SQLite adds one column at a time.
    const channels = () => schema.alterTable('channels')
    await channels()
      .addColumn('description', 'text', (column) => column.notNull().defaultTo(''))
      .execute()
    await channels().addColumn('language', 'text').execute()
    await channels()
      .addColumn('tags', 'text', (column) => column.notNull().defaultTo('[]'))
      .execute()
    await channels().addColumn('accent', 'text').execute()
    await channels().addColumn('next_broadcast', 'text').execute()
  },
}
