import type { Migration } from '../migration.ts'

export const channelPictures: Migration = {
  number: 7,
  name: 'channel pictures',
  async up(schema) {
    await schema.alterTable('channels').addColumn('poster', 'text').execute()
    await schema.alterTable('channels').addColumn('logo', 'text').execute()
  },
}
