import type { Migration } from '../migration.ts'

export const people: Migration = {
  number: 6,
  name: 'people',
  async up(schema) {
    await schema
      .createTable('people')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('email', 'text', (column) => column.notNull())
      // Lower case; what is unique.
      .addColumn('email_key', 'text', (column) => column.notNull().unique())
      .addColumn('email_verified', 'integer', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('password_hash', 'text')
      .addColumn('locale', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_seen_at', 'bigint')
      .addColumn('disabled_at', 'bigint')
      .addColumn('tokens_since', 'bigint', (column) => column.notNull())
      .execute()
    await schema.createIndex('people_by_creation').on('people').columns(['created_at', 'id']).execute()
    await schema.createIndex('people_by_role').on('people').columns(['role', 'created_at']).execute()
    await schema.createIndex('people_by_tokens').on('people').column('tokens_since').execute()
    await schema
      .createTable('devices')
      .addColumn('id', 'text', (column) => column.primaryKey())
      // No reference: that the devices of somebody who left have ended must be known as long as their tokens live.
      .addColumn('person_id', 'text', (column) => column.notNull())
      .addColumn('agent', 'text', (column) => column.notNull())
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_used_at', 'bigint', (column) => column.notNull())
      .addColumn('ends_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('generation', 'integer', (column) => column.notNull())
      .addColumn('refresh_hash', 'text', (column) => column.notNull())
      .addColumn('previous_hash', 'text')
      .addColumn('rotated_at', 'bigint', (column) => column.notNull())
      .execute()
    await schema.createIndex('devices_by_person').on('devices').columns(['person_id', 'last_used_at']).execute()
    await schema.createIndex('devices_by_end').on('devices').column('ended_at').execute()
    await schema
      .createTable('signing_keys')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute()
    await schema
      .createTable('one_time_links')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .addColumn('purpose', 'text', (column) => column.notNull())
      .addColumn('email', 'text')
      .addColumn('person_id', 'text', (column) => column.references('people.id').onDelete('cascade'))
      .addColumn('role', 'text')
      .addColumn('channel_id', 'text', (column) => column.references('channels.id').onDelete('cascade'))
      .addColumn('channel_role', 'text')
      .addColumn('made_by', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    await schema
      .createIndex('one_time_links_by_purpose')
      .on('one_time_links')
      .columns(['purpose', 'created_at'])
      .execute()
    await schema.createIndex('one_time_links_by_person').on('one_time_links').column('person_id').execute()
    await schema
      .createTable('channel_members')
      .addColumn('channel_id', 'text', (column) => column.notNull().references('channels.id').onDelete('cascade'))
      .addColumn('person_id', 'text', (column) => column.notNull().references('people.id').onDelete('cascade'))
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('since', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('channel_members_pk', ['channel_id', 'person_id'])
      .execute()
    await schema.createIndex('channel_members_by_person').on('channel_members').column('person_id').execute()
    await schema
      .createTable('api_tokens')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('person_id', 'text', (column) => column.notNull().references('people.id').onDelete('cascade'))
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .addColumn('label', 'text', (column) => column.notNull())
      // Words with a blank between them, as in OAuth 2 (RFC 6749 section 3.3).
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('last_used_at', 'bigint')
      .execute()
    await schema.createIndex('api_tokens_by_person').on('api_tokens').column('person_id').execute()
    // Who it was, where the actor is a person; no reference, as the log outlives them.
    await schema.alterTable('audit').addColumn('person', 'text').execute()
    await schema.createIndex('audit_by_person').on('audit').columns(['person', 'seq']).execute()
  },
}
