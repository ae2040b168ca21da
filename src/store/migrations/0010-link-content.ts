import type { Migration } from '../migration.ts'

export const linkContent: Migration = {
  number: 10,
  name: 'what a one-time link makes',
  async up(schema) {
    // Sealed: the account that somebody signed up for, until they prove the address.
    await schema.alterTable('one_time_links').addColumn('content', 'text').execute()
  },
}
