import type { Migration } from '../migration.ts'

export const chatWriters: Migration = {
  number: 13,
  name: 'who may write in a chat',
  async up(schema) {
    await schema.alterTable('chat_rooms').addColumn('writers', 'text').execute()
  },
}
