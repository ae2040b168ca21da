import type { Migration } from '../migration.ts'

export const following: Migration = {
  number: 12,
  name: 'what people follow and watched',
  async up(schema) {
    await schema
      .createTable('follows')
      .addColumn('person_id', 'text', (column) => column.notNull().references('people.id').onDelete('cascade'))
      .addColumn('channel_id', 'text', (column) => column.notNull().references('channels.id').onDelete('cascade'))
      .addColumn('since', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('follows_pk', ['person_id', 'channel_id'])
      .execute()
    await schema.createIndex('follows_by_channel').on('follows').column('channel_id').execute()
    await schema
      .createTable('watched')
      .addColumn('person_id', 'text', (column) => column.notNull().references('people.id').onDelete('cascade'))
      // No reference: a streamer who forgets a broadcast forgets it for themselves.
      .addColumn('broadcast_id', 'text', (column) => column.notNull())
      .addColumn('channel_id', 'text', (column) => column.notNull().references('channels.id').onDelete('cascade'))
      .addColumn('first_at', 'bigint', (column) => column.notNull())
      .addColumn('last_at', 'bigint', (column) => column.notNull())
      .addColumn('seconds', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('watched_pk', ['person_id', 'broadcast_id'])
      .execute()
    await schema
      .createIndex('watched_by_time')
      .on('watched')
      .columns(['person_id', 'last_at', 'broadcast_id'])
      .execute()
    await schema.createIndex('watched_by_channel').on('watched').column('channel_id').execute()
  },
}
