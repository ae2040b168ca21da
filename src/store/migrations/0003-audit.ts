import type { Migration } from '../migration.ts'

export const audit: Migration = {
  number: 3,
  name: 'audit log',
  async up(schema) {
    await schema
      .createTable('audit')
      .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      // No reference: the log outlives what it tells of.
      .addColumn('channel', 'text')
      .addColumn('subject', 'text')
      .execute()
    await schema.createIndex('audit_by_channel').on('audit').columns(['channel', 'seq']).execute()
    await schema.createIndex('audit_by_action').on('audit').columns(['action', 'seq']).execute()
  },
}
