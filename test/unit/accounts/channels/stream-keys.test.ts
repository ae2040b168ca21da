import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, suite, test } from 'node:test'
import { NO_DETAILS } from '../../../../src/accounts/channels/channel-details.ts'
import type { KeyRecord } from '../../../../src/accounts/channels/channel-store.ts'
import { KeyUses } from '../../../../src/accounts/channels/key-uses.ts'
import type { KeyFacts, KeyUse, StreamKeyStore } from '../../../../src/accounts/channels/stream-key-store.ts'
import { StreamKeys } from '../../../../src/accounts/channels/stream-keys.ts'
import { NotFoundError, RefusedError, UnavailableError } from '../../../../src/base/errors.ts'
import { InvalidFieldError } from '../../../../src/base/invalid-field-error.ts'
import { silentLog } from '../../../../src/base/log.ts'

const CHANNEL = { id: 'c1', slug: 'choir', title: 'Choir', createdAtMs: 1, ...NO_DETAILS }

/** The keys of the one channel there is, in memory. */
class MemoryKeys implements StreamKeyStore {
  keys: (KeyRecord & { lastUsedAtMs: number | undefined })[] = []
  async list(): Promise<readonly KeyFacts[]> {
    return this.keys.map(({ digest: _, ...facts }) => facts)
  }
  async add(_: string, key: KeyRecord, most: number) {
    if (this.keys.some(({ digest }) => digest === key.digest)) return 'key-taken' as const
    if (this.keys.length >= most) return 'full' as const
    this.keys.push({ ...key, lastUsedAtMs: undefined })
    return 'added' as const
  }
  async relabel(_: string, id: string, label: string) {
    this.keys = this.keys.map((key) => (key.id === id ? { ...key, label } : key))
    return true
  }
  async rotate(_: string, id: string, next: KeyRecord) {
    this.keys = this.keys.map((key) => (key.id === id ? { ...next, lastUsedAtMs: undefined } : key))
    return 'rotated' as const
  }
  async revoke(_: string, id: string) {
    const before = this.keys.length
    this.keys = this.keys.filter((key) => key.id !== id)
    return this.keys.length < before
  }
  async used() {}
}

function made() {
  const store = new MemoryKeys()
  const uses = new KeyUses(store, silentLog)
  const get = async (slug: string) => {
    if (slug !== CHANNEL.slug) throw new NotFoundError('none')
    return CHANNEL
  }
  return { store, uses, keys: new StreamKeys({ store, channels: { get }, secret: new Uint8Array(32), uses }) }
}

const conflict = (error: unknown) => error instanceof RefusedError && error.code === 'CONFLICT'

test('a channel has several keys, each with a label of its own, and what is listed is no key', async () => {
  const { keys } = made()
  const { key, facts } = await keys.add('choir', { label: ' Studio\u202e ' })
  assert.match(key, /^sk_/)
  assert.equal(facts.label, 'Studio')
  await keys.add('choir', { label: 'Phone' })
  const listed = await keys.list('choir')
  assert.deepEqual(
    listed.map(({ label }) => label),
    ['Studio', 'Phone'],
  )
  assert.ok(!JSON.stringify(listed).includes(key))
  await assert.rejects(keys.add('choir', { label: 'studio' }), conflict)
  await assert.rejects(keys.relabel('choir', facts.id, 'PHONE'), conflict)
  assert.equal((await keys.relabel('choir', facts.id, 'STUDIO')).facts.label, 'STUDIO', 'its own label is free')
  for (const label of ['', ' \u200b', 'x'.repeat(61)]) {
    await assert.rejects(
      keys.add('choir', { label }),
      (error) => error instanceof InvalidFieldError && error.path === 'label',
    )
  }
  await assert.rejects(keys.add('hall', { label: 'x' }), NotFoundError)
})

test('a rotated key keeps its label and has another id; the old id names nothing', async () => {
  const { keys } = made()
  const old = await keys.add('choir', { label: 'Studio' })
  const next = await keys.rotate('choir', old.facts.id)
  assert.equal(next.facts.label, 'Studio')
  assert.notEqual(next.key, old.key)
  assert.notEqual(next.facts.id, old.facts.id)
  await assert.rejects(keys.rotate('choir', old.facts.id), NotFoundError)
  assert.equal((await keys.revoke('choir', next.facts.id)).facts.label, 'Studio')
  await assert.rejects(keys.revoke('choir', next.facts.id), NotFoundError)
})

test('there is an end to the keys of a channel', async () => {
  const { keys } = made()
  for (let n = 0; n < 50; n++) await keys.add('choir', { label: `Key ${n}` })
  await assert.rejects(
    keys.add('choir', { label: 'one more' }),
    (error) => error instanceof RefusedError && error.code === 'LIMIT',
  )
})

suite('when keys were used', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }

  test('is written every ten seconds, together, and is listed before', async () => {
    const { store, uses, keys } = made()
    const written: (readonly KeyUse[])[] = []
    store.used = async (...[batch]: unknown[]) => void written.push(batch as readonly KeyUse[])
    const { facts } = await keys.add('choir', { label: 'Studio' })
    uses.note(facts.id, 100)
    uses.note('other', 150)
    uses.note(facts.id, 200)
    assert.equal((await keys.list('choir'))[0]?.lastUsedAtMs, 200)
    assert.deepEqual(written, [])
    mock.timers.tick(10_000)
    await settle()
    assert.deepEqual(written, [
      [
        { id: facts.id, atMs: 200 },
        { id: 'other', atMs: 150 },
      ],
    ])
    assert.equal(uses.waiting(facts.id), undefined)
  })

  test('is tried again while the store is away, and kept when the server stops', async () => {
    const { store, uses } = made()
    let away = true
    let tries = 0
    store.used = async () => {
      tries++
      if (away) throw new UnavailableError('away')
    }
    uses.note('k', 1)
    mock.timers.tick(10_000)
    await settle()
    assert.deepEqual([tries, uses.waiting('k')], [1, 1])
    away = false
    await uses.close()
    assert.deepEqual([tries, uses.waiting('k')], [2, undefined])
  })
})
