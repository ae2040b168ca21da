import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Audit, type AuditRecord, type AuditStore } from '../../../src/accounts/audit.ts'
import { UnavailableError } from '../../../src/base/errors.ts'
import { InvalidFieldError } from '../../../src/base/invalid-field-error.ts'
import { silentLog } from '../../../src/base/log.ts'

/** A store that takes, refuses, or keeps its callers waiting. */
class FakeStore implements AuditStore {
  readonly records: AuditRecord[] = []
  readonly batches: number[] = []
  failure: Error | undefined
  gate: Promise<void> | undefined
  pruned = 0

  async append(records: readonly AuditRecord[]): Promise<void> {
    await this.gate
    if (this.failure !== undefined) throw this.failure
    this.batches.push(records.length)
    this.records.push(...records)
  }
  async list(limit: number, beforeSeq = Number.POSITIVE_INFINITY) {
    const kept = this.records.map((record, at) => ({ ...record, seq: at + 1 })).reverse()
    return kept.filter(({ seq }) => seq < beforeSeq).slice(0, limit)
  }
  async anonymise() {}
  async prune(): Promise<void> {
    this.pruned++
  }
}

const entry = { actor: 'admin', address: '192.0.2.1', action: 'channel.create' } as const

test('entries come back newest first, page by page, and the cursor outlives what it stands on', async () => {
  const store = new FakeStore()
  const audit = new Audit(store, silentLog)
  for (const channel of ['a', 'b', 'c']) audit.record({ ...entry, channel })
  const first = await audit.list(2)
  assert.deepEqual(
    first.items.map(({ channel }) => channel),
    ['c', 'b'],
  )
  const second = await audit.list(2, first.nextCursor)
  assert.deepEqual(
    second.items.map(({ channel }) => channel),
    ['a'],
  )
  assert.equal(second.nextCursor, undefined)
  await assert.rejects(audit.list(2, 'Y2hhbm5lbHM6YQ'), InvalidFieldError)
})

test('what is recorded in one turn is written together, and recording waits for nothing', async () => {
  const store = new FakeStore()
  const open = Promise.withResolvers<void>()
  store.gate = open.promise
  const audit = new Audit(store, silentLog)
  for (let n = 0; n < 450; n++) audit.record(entry)
  assert.deepEqual(store.batches, [])
  open.resolve()
  await audit.close()
  assert.deepEqual(store.batches, [200, 200, 50])
  assert.equal(store.pruned, 1)
})

test('while the store is away entries wait, in bounded number, and closing writes them', async () => {
  const store = new FakeStore()
  store.failure = new UnavailableError('down')
  const audit = new Audit(store, silentLog)
  for (let n = 0; n < 6000; n++) audit.record({ ...entry, subject: String(n) })
  await assert.doesNotReject(audit.list(1))
  assert.equal(store.records.length, 0)
  store.failure = undefined
  await audit.close()
  assert.equal(store.records.length, 5000)
  assert.equal(store.records[0]?.subject, '0')
})
