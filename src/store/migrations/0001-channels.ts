import type { Migration } from '../migration.ts'

export const channels: Migration = {
  number: 1,
  name: 'channels and stream keys',
  async up(schema) {
    await schema
      .createTable('channels')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('slug', 'text', (column) => column.notNull().unique())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('next_media_sequence', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('discontinuity_sequence', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('longest_gop_ms', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute()
    await schema
      .createTable('stream_keys')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('channel_id', 'text', (column) => column.notNull().references('channels.id').onDelete('cascade'))
      .addColumn('hmac', 'text', (column) => column.notNull().unique())
      .addColumn('label', 'text', (column) => column.notNull().defaultTo(''))
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_used_at', 'bigint')
      .execute()
    await schema.createIndex('stream_keys_by_channel').on('stream_keys').column('channel_id').execute()
  },
}
