import type { Kysely, Selectable } from 'kysely'
import type { AuditStore, KeptAuditRecord } from '../accounts/audit.ts'
import type { AuditTable, Tables } from './tables.ts'

export function kyselyAudit(database: Kysely<Tables>): AuditStore {
  return {
    append: async (records) => {
      if (records.length === 0) return
      const values = records.map(({ atMs, ...rest }) => ({ at: atMs, ...rest }))
      await database.insertInto('audit').values(values).execute()
    },

    list: async (limit, beforeSeq, { channel, action, person }) => {
      let query = database.selectFrom('audit').selectAll().orderBy('seq', 'desc').limit(limit)
      if (beforeSeq !== undefined) query = query.where('seq', '<', beforeSeq)
      if (person !== undefined) query = query.where('person', '=', person)
      if (channel !== undefined) query = query.where('channel', '=', channel)
      if (action !== undefined) {
        // From `chat.` up to `chat/`, the character behind the dot: all that begins with `chat.`, by the index.
        query = query.where((e) =>
          e.or([e('action', '=', action), e.and([e('action', '>=', `${action}.`), e('action', '<', `${action}/`)])]),
        )
      }
      return (await query.execute()).map(recordOf)
    },

    anonymise: async (person, { actor, address }) => {
      await database.updateTable('audit').set({ actor, address, person: null }).where('person', '=', person).execute()
    },

    prune: async (beforeMs, entries, refusals) => {
      await database.deleteFrom('audit').where('at', '<', beforeMs).execute()
      const oldest = database.selectFrom('audit').select('seq').orderBy('seq', 'desc').limit(1)
      await database.deleteFrom('audit').where('seq', '<=', oldest.offset(entries)).execute()
      await database
        .deleteFrom('audit')
        .where('action', '=', 'session.refuse')
        .where('seq', '<=', oldest.where('action', '=', 'session.refuse').offset(refusals))
        .execute()
    },
  }
}

function recordOf({ at, action, ...rest }: Selectable<AuditTable>): KeptAuditRecord {
  // Written by us alone; an older version's word is still a word to show.
  return { ...rest, atMs: at, action: action as KeptAuditRecord['action'] }
}
