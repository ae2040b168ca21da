import type { Kysely, Selectable, Transaction } from 'kysely'
import type { DeviceRecord, DeviceStore, Rotation } from '../accounts/people/person-store.ts'
import { durably } from './durable.ts'
import { personOf } from './kysely-people.ts'
import type { DevicesTable, Tables } from './tables.ts'

export function kyselyDevices(database: Kysely<Tables>): DeviceStore {
  return {
    create: (device, refreshHash, most) =>
      durably(database, async (transaction) => {
        const { id, personId, agent, address, createdAtMs, lastUsedAtMs, endsAtMs } = device
        await transaction
          .insertInto('devices')
          .values({
            ...{ id, person_id: personId, agent, address, created_at: createdAtMs, last_used_at: lastUsedAtMs },
            ...{ ends_at: endsAtMs, ended_at: null, generation: 1, refresh_hash: refreshHash, previous_hash: null },
            rotated_at: createdAtMs,
          })
          .execute()
        const beyond = await alive(transaction, personId, createdAtMs)
          .select('id')
          .orderBy('last_used_at', 'desc')
          .orderBy('created_at', 'desc')
          .limit(-1)
          .offset(most)
          .execute()
        return endRows(
          transaction,
          beyond.map((row) => row.id),
          createdAtMs,
        )
      }),

    list: async (personId, nowMs) =>
      (await alive(database, personId, nowMs).selectAll().orderBy('last_used_at', 'desc').execute()).map(recordOf),

    listAll: async (limit, after, nowMs) => {
      let rows = database
        .selectFrom('devices')
        .innerJoin('people', 'people.id', 'devices.person_id')
        .selectAll('devices')
        .select(['people.name', 'people.role'])
        .where('devices.ended_at', 'is', null)
        .where('devices.ends_at', '>', nowMs)
        .orderBy('devices.last_used_at', 'desc')
        .orderBy('devices.id', 'desc')
        .limit(limit)
      if (after !== undefined) {
        const { lastUsedAtMs, id } = after
        rows = rows.where((e) =>
          e.or([
            e('devices.last_used_at', '<', lastUsedAtMs),
            e.and([e('devices.last_used_at', '=', lastUsedAtMs), e('devices.id', '<', id)]),
          ]),
        )
      }
      return (await rows.execute()).map(({ name, role, ...row }) => ({
        ...recordOf(row),
        person: { id: row.person_id, name, role },
      }))
    },

    rotate: (id, hash, next, seen, graceMs) =>
      durably(database, async (transaction): Promise<Rotation> => {
        const row = await transaction.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst()
        if (row === undefined || row.ended_at !== null || row.ends_at <= seen.atMs) return { outcome: 'ended' }
        const person = await personOf(transaction, row.person_id)
        if (person === undefined) return { outcome: 'ended' }
        const device = recordOf(row)
        if (row.refresh_hash === hash) {
          const { address, agent, atMs } = seen
          await transaction
            .updateTable('devices')
            .set({
              ...{ refresh_hash: next.hash, previous_hash: hash, rotated_at: atMs, generation: row.generation + 1 },
              ...{ ends_at: next.endsAtMs, last_used_at: atMs, address, agent },
            })
            .where('id', '=', id)
            .execute()
          const used = { ...device, address, agent, lastUsedAtMs: atMs, endsAtMs: next.endsAtMs }
          return { outcome: 'rotated', device: used, person }
        }
        if (row.previous_hash === hash && seen.atMs - row.rotated_at <= graceMs) {
          return { outcome: 'again', device, person }
        }
        await endRows(transaction, [id], seen.atMs)
        return { outcome: 'reused', device, person }
      }),

    end: (personId, ids, except, nowMs) =>
      durably(database, async (transaction) => {
        let query = alive(transaction, personId, nowMs).select('id')
        if (ids !== undefined) query = query.where('id', 'in', ids)
        if (except !== undefined) query = query.where('id', '!=', except)
        return endRows(
          transaction,
          (await query.execute()).map((row) => row.id),
          nowMs,
        )
      }),

    endById: (id, nowMs) =>
      durably(database, async (transaction) => {
        const row = await transaction
          .updateTable('devices')
          .set({ ended_at: nowMs })
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .returning('person_id')
          .executeTakeFirst()
        return row?.person_id
      }),

    ended: async (sinceMs) => {
      const rows = await database
        .selectFrom('devices')
        .select(['id', 'ended_at'])
        .where('ended_at', '>=', sinceMs)
        .execute()
      return rows.map(({ id, ended_at }) => ({ id, endedAtMs: ended_at ?? 0 }))
    },

    prune: async (beforeMs) => {
      await database
        .deleteFrom('devices')
        .where((e) => e.or([e('ended_at', '<', beforeMs), e('ends_at', '<', beforeMs)]))
        .execute()
    },
  }
}

/** Those of a person that are signed in. */
function alive(database: Kysely<Tables>, personId: string, nowMs: number) {
  return database
    .selectFrom('devices')
    .where('person_id', '=', personId)
    .where('ended_at', 'is', null)
    .where('ends_at', '>', nowMs)
}

async function endRows(transaction: Transaction<Tables>, ids: readonly string[], nowMs: number): Promise<string[]> {
  if (ids.length > 0) await transaction.updateTable('devices').set({ ended_at: nowMs }).where('id', 'in', ids).execute()
  return [...ids]
}

function recordOf(row: Selectable<DevicesTable>): DeviceRecord {
  return {
    ...{ id: row.id, personId: row.person_id, agent: row.agent, address: row.address },
    ...{ createdAtMs: row.created_at, lastUsedAtMs: row.last_used_at, endsAtMs: row.ends_at },
  }
}
