import type { Migration } from '../migration.ts'

export const broadcasts: Migration = {
  number: 2,
  name: 'broadcasts',
  async up(schema) {
    await schema
      .createTable('broadcasts')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('channel_id', 'text', (column) => column.notNull().references('channels.id').onDelete('cascade'))
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('first_media_sequence', 'bigint', (column) => column.notNull())
      .execute()
    await schema
      .createIndex('broadcasts_by_channel')
      .on('broadcasts')
      .columns(['channel_id', 'first_media_sequence'])
      .execute()
  },
}
