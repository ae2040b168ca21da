import type { Migration } from '../migration.ts'

export const chatAccounts: Migration = {
  number: 8,
  name: 'whose account wrote a message',
  async up(schema) {
    // Beside `person_id`, which differs in every channel: what somebody wrote is theirs to take along and to delete.
    await schema.alterTable('chat_messages').addColumn('account_id', 'text').execute()
    await schema.createIndex('chat_messages_by_account').on('chat_messages').columns(['account_id', 'at']).execute()
  },
}
