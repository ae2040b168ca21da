import type { Migration } from '../migration.ts'

export const broadcastHistory: Migration = {
  number: 9,
  name: 'broadcast history',
  async up(schema) {
    await schema.alterTable('broadcasts').addColumn('title', 'text').execute()
    const counted = [
      ...(['seconds', 'peak_viewers', 'total_viewers', 'dropped_frames', 'reconnects'] as const),
      ...(['healthy_seconds', 'look_seconds', 'trouble_seconds', 'chat_messages'] as const),
    ]
    for (const name of counted) await schema.alterTable('broadcasts').addColumn(name, 'bigint').execute()
    await schema.createIndex('broadcasts_by_start').on('broadcasts').columns(['channel_id', 'started_at']).execute()
  },
}
