import type { Migration } from '../migration.ts'

export const chatReplies: Migration = {
  number: 11,
  name: 'which message another one answers',
  async up(schema) {
    // Its author is read from that message, so that a name which is taken away there is kept nowhere else.
    await schema.alterTable('chat_messages').addColumn('reply_to', 'bigint').execute()
  },
}
