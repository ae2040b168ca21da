import type { Migration } from '../migration.ts'

export const deviceList: Migration = {
  number: 14,
  name: 'everybody’s devices, last used first',
  async up(schema) {
    // Those without an end come in the order of the list, so that a page of it needs no sorting.
    await schema.dropIndex('devices_by_end').execute()
    await schema.createIndex('devices_by_end').on('devices').columns(['ended_at', 'last_used_at', 'id']).execute()
  },
}
