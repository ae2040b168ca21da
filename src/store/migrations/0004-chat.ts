import type { Migration } from '../migration.ts'

export const chat: Migration = {
  number: 4,
  name: 'chat',
  async up(schema) {
    await schema
      .createTable('chat_rooms')
      .addColumn('channel_id', 'text', (column) => column.primaryKey().references('channels.id').onDelete('cascade'))
      .addColumn('next_seq', 'bigint', (column) => column.notNull())
      .addColumn('mode', 'text', (column) => column.notNull())
      .addColumn('slow_seconds', 'integer')
      .execute()
    await schema
      .createTable('chat_messages')
      .addColumn('channel_id', 'text', (column) => column.notNull().references('channels.id').onDelete('cascade'))
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('broadcast_id', 'text')
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('person_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('address', 'text')
      .addColumn('removed_at', 'bigint')
      .addColumn('removed_by', 'text')
      .addColumn('restriction_id', 'text')
      .addPrimaryKeyConstraint('chat_messages_pk', ['channel_id', 'seq'])
      .execute()
    await schema.createIndex('chat_messages_by_broadcast').on('chat_messages').columns(['broadcast_id', 'at']).execute()
    await schema
      .createIndex('chat_messages_by_person')
      .on('chat_messages')
      .columns(['channel_id', 'person_id', 'seq'])
      .execute()
    await schema.createIndex('chat_messages_by_time').on('chat_messages').column('at').execute()
    await schema
      .createTable('chat_restrictions')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('channel_id', 'text', (column) => column.notNull().references('channels.id').onDelete('cascade'))
      .addColumn('person_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('address', 'text')
      .addColumn('until', 'bigint')
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('by', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .execute()
    await schema
      .createIndex('chat_restrictions_by_channel')
      .on('chat_restrictions')
      .columns(['channel_id', 'at'])
      .execute()
  },
}
