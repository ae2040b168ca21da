import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { type Insertable, Kysely, SqliteDialect } from 'kysely'
import { NO_DETAILS } from '../../../src/accounts/channels/channel-details.ts'
import { ConfigError, NotFoundError, UnavailableError } from '../../../src/base/errors.ts'
import { silentLog } from '../../../src/base/log.ts'
import { kyselyDevices } from '../../../src/store/kysely-devices.ts'
import { MIGRATIONS, migrate } from '../../../src/store/migrate.ts'
import { forKysely } from '../../../src/store/node-sqlite.ts'
import { Store } from '../../../src/store/store.ts'
import type { ChannelsTable, Tables } from '../../../src/store/tables.ts'

async function temporary(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'streamhost-store-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function opened(dataDir: string): Promise<Store & AsyncDisposable> {
  const store = new Store({ dataDir, log: silentLog })
  await store.start()
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.stop() })
}

const channel = (slug: string) => ({
  id: `id-${slug}`,
  slug,
  title: slug.toUpperCase(),
  createdAtMs: 1_700_000_000_000,
  ...NO_DETAILS,
})
const key = (digest: string) => ({ id: `key-${digest}`, digest, label: '', createdAtMs: 1_700_000_000_000 })

test('channels are made, listed in the order of slugs, found by name and key, and removed', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  const { channels } = store
  assert.equal(await channels.create(channel('b'), key('kb')), 'created')
  assert.equal(await channels.create(channel('a'), key('ka')), 'created')
  assert.equal(await channels.create({ ...channel('a'), id: 'other' }, key('kx')), 'slug-taken')
  assert.equal(await channels.create(channel('c'), key('ka')), 'key-taken')
  assert.deepEqual(await channels.list(10, undefined), [channel('a'), channel('b')])
  assert.deepEqual(await channels.list(10, 'a'), [channel('b')])
  assert.deepEqual(await channels.bySlug('a'), channel('a'))
  assert.equal(await channels.bySlug('nobody'), undefined)
  assert.deepEqual(await channels.byKeyDigest('kb'), { channel: channel('b'), keyId: 'key-kb' })
  assert.equal(await channels.byKeyDigest('kx'), undefined)
  assert.equal(await channels.count(), 2)
  assert.equal(await channels.remove('id-b'), true)
  assert.equal(await channels.remove('id-b'), false)
  assert.equal(await channels.byKeyDigest('kb'), undefined)
})

test('what is told of a channel is changed field by field, and read as it was written', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  const { channels } = store
  await channels.create(channel('a'), key('ka'))
  const next = { id: 'n1', revision: 2, changedAtMs: 5, atMs: 9, title: 'First Sunday', minutes: 90 }
  await channels.change('id-a', { description: 'Two\nlines', tags: ['choir', 'b;c'], next })
  await channels.change('id-a', { accent: '#0b6670', language: 'de' })
  const told = { description: 'Two\nlines', tags: ['choir', 'b;c'], next, accent: '#0b6670', language: 'de' }
  assert.deepEqual(await channels.bySlug('a'), { ...channel('a'), ...told })
  await channels.change('id-a', { next: null, accent: null })
  await channels.change('id-a', {})
  assert.deepEqual(await channels.bySlug('a'), { ...channel('a'), ...told, next: null, accent: null })
})

test('replacing keys makes the old ones worthless and never takes a key of another channel', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  const { channels } = store
  await channels.create(channel('a'), key('ka'))
  await channels.create(channel('b'), key('kb'))
  assert.equal(await channels.replaceKeys('id-a', key('kb'), 'all'), 'key-taken')
  assert.equal(await channels.hasKey('id-a', 'ka'), true)
  assert.deepEqual(await channels.replaceKeys('id-a', key('ka2'), 'all'), ['key-ka'])
  assert.equal(await channels.byKeyDigest('ka'), undefined)
  assert.equal((await channels.byKeyDigest('ka2'))?.channel.slug, 'a')
  assert.equal(await channels.replaceKeys('id-none', key('kn'), 'all'), 'no-channel')
})

test('keys are added, relabelled, rotated and revoked one by one, and others of the channel stay', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  const { channels, keys } = store
  await channels.create(channel('a'), key('ka'))
  await channels.create(channel('b'), key('kb'))
  const studio = { ...key('ks'), label: 'Studio', createdAtMs: 1_700_000_000_001 }
  assert.equal(await keys.add('id-a', studio, 2), 'added')
  assert.equal(await keys.add('id-a', key('kb'), 9), 'key-taken')
  assert.equal(await keys.add('id-a', key('kn'), 2), 'full')
  assert.equal(await keys.add('id-none', key('kn'), 2), 'no-channel')
  assert.equal(await keys.relabel('id-b', studio.id, 'Mine'), false, 'it is another channel’s')
  assert.equal(await keys.relabel('id-a', studio.id, 'Hall'), true)
  await keys.used([
    { id: studio.id, atMs: 5 },
    { id: 'gone', atMs: 6 },
  ])
  const first = { id: 'key-ka', label: '', createdAtMs: 1_700_000_000_000, lastUsedAtMs: undefined }
  const hall = { id: 'key-ks', label: 'Hall', createdAtMs: 1_700_000_000_001, lastUsedAtMs: 5 }
  assert.deepEqual(await keys.list('id-a'), [first, hall])
  assert.equal(await keys.rotate('id-b', studio.id, key('kr')), 'no-key')
  assert.equal(await keys.rotate('id-a', studio.id, key('kb')), 'key-taken')
  assert.equal(await keys.rotate('id-a', studio.id, { ...key('ks'), id: 'again' }), 'rotated', 'its own once more')
  assert.equal(await keys.rotate('id-a', 'again', { ...key('kr'), label: 'Hall' }), 'rotated')
  assert.equal(await channels.byKeyDigest('ks'), undefined)
  assert.deepEqual((await channels.byKeyDigest('kr'))?.keyId, 'key-kr')
  assert.deepEqual(await channels.replaceKeys('id-a', key('kd'), 'unlabelled'), ['key-ka'])
  assert.equal(await keys.revoke('id-b', 'key-kr'), false)
  assert.equal(await keys.revoke('id-a', 'key-kr'), true)
  assert.deepEqual(
    (await keys.list('id-a')).map(({ id }) => id),
    ['key-kd'],
  )
})

test('a broadcast that finishes gives its unused sequence numbers back', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  await store.channels.create(channel('a'), key('ka'))
  const first = await store.broadcasts.begin('id-a', 1)
  assert.equal(first.mediaSequence, 0)
  assert.equal(first.mediaSequenceLimit, 1000)
  const progress = { nextMediaSequence: 7, discontinuitySequence: 2, longestGopMs: 8300 }
  await store.broadcasts.finish(first.id, 2, 'ended', progress)
  await store.broadcasts.finish(first.id, 3, 'ended', { ...progress, nextMediaSequence: 3 })
  const second = await store.broadcasts.begin('id-a', 4)
  assert.equal(second.mediaSequence, 7)
  assert.equal(second.discontinuitySequence, 2)
  assert.equal(second.longestGopMs, 8300)
})

test('what is told of broadcasts is noted, counted with their chat, listed newest first, and forgotten', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  const next = { id: 'n', revision: 0, changedAtMs: 0, atMs: 2000, title: 'Evensong', minutes: 1 }
  await store.channels.create({ ...channel('a'), next }, key('ka'))
  await store.channels.create(channel('b'), key('kb'))
  const progress = { nextMediaSequence: 7, discontinuitySequence: 0, longestGopMs: 0 }
  const first = await store.broadcasts.begin('id-a', 1000)
  const figures = {
    ...{ seconds: 60.4, peakViewers: 3, totalViewers: 5, droppedFrames: 2, reconnects: 1 },
    ...{ healthySeconds: 50, lookSeconds: 10, troubleSeconds: 0 },
  }
  const message = {
    personId: 'p',
    name: 'Anna',
    role: 'guest',
    text: 'x',
    atMs: 1,
    address: null,
    accountId: null,
  } as const
  const said = (seq: number, removedAtMs: number | null, broadcastId = first.id) => ({
    ...{ ...message, seq, broadcastId, removedAtMs, removedBy: null },
  })
  await store.chat.open('id-a', 100, 10, 1)
  await store.chat.append('id-a', [said(1, null), said(2, null), said(3, 9), said(4, null, 'another')])
  await store.history.note(first.id, 5000, figures)
  await store.history.note('gone', 5000, figures)
  assert.deepEqual(await store.history.figures(first.id), { ...figures, seconds: 60 })
  const kept = {
    ...{ id: first.id, title: 'Evensong', startedAtMs: 1000, endedAtMs: 5000, chatMessages: 2 },
    figures: { ...figures, seconds: 60 },
  }
  assert.deepEqual(await store.history.list('id-a', 9, undefined), [kept], 'killed now, it was seen then')
  await store.broadcasts.finish(first.id, 6000, 'ended', progress)
  const second = await store.broadcasts.begin('id-a', 90_000)
  assert.equal((await store.history.list('id-a', 9, undefined)).length, 2, 'one that goes on is listed')
  await store.history.note(second.id, 91_000, { ...figures, seconds: 1 })
  const all = await store.history.list('id-a', 9, undefined)
  assert.deepEqual(
    all.map(({ title, endedAtMs }) => [title, endedAtMs]),
    [
      ['A', 91_000],
      ['Evensong', 6000],
    ],
  )
  assert.deepEqual(await store.history.list('id-a', 9, { startedAtMs: 90_000, id: second.id }), [all[1]])
  assert.equal(await store.history.remove('id-b', first.id), undefined)
  assert.equal((await store.history.remove('id-a', first.id))?.title, 'Evensong')
  assert.equal((await store.history.list('id-a', 9, undefined)).length, 1)
})

test('what a message answers is kept with it, and its author is named as that message names them', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  await store.channels.create(channel('a'), key('ka'))
  const said = (seq: number, personId: string, name: string) => ({
    ...{ seq, personId, name, role: 'guest' as const, text: 'x', atMs: seq, address: null, accountId: null },
    ...{ broadcastId: null, removedAtMs: null, removedBy: null },
  })
  await store.chat.open('id-a', 100, 10, 1)
  const question = said(1, 'p', 'Anna')
  const answer = { ...said(2, 'q', 'Tom'), replyTo: { seq: 1, personId: 'p', name: 'Anna' } }
  await store.chat.append('id-a', [question, answer])
  assert.deepEqual((await store.chat.open('id-a', 100, 10, 1)).messages, [question, answer])
  assert.deepEqual(await store.chat.message('id-a', 2), answer)
  await store.chat.prune(2, 0, 100)
  assert.deepEqual(await store.chat.message('id-a', 2), said(2, 'q', 'Tom'), 'what is forgotten is not named')
})

test('more numbers are reserved beyond what is used', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  await store.channels.create(channel('a'), key('ka'))
  await store.broadcasts.begin('id-a', 1)
  const progress = { nextMediaSequence: 900, discontinuitySequence: 0, longestGopMs: 2000 }
  assert.equal(await store.broadcasts.reserve('id-a', progress), 1900)
  assert.equal(await store.broadcasts.reserve('id-a', { ...progress, nextMediaSequence: 10 }), 1900)
})

test('a late finish of an older broadcast never takes numbers from the newer one', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  await store.channels.create(channel('a'), key('ka'))
  const older = await store.broadcasts.begin('id-a', 1)
  await store.broadcasts.begin('id-a', 2)
  await store.broadcasts.finish(older.id, 3, 'ended', {
    nextMediaSequence: 5,
    discontinuitySequence: 0,
    longestGopMs: 0,
  })
  assert.ok((await store.broadcasts.begin('id-a', 4)).mediaSequence >= 2000)
})

test('a broadcast of a removed channel finishes in silence, and can not begin', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  await store.channels.create(channel('a'), key('ka'))
  const { id } = await store.broadcasts.begin('id-a', 1)
  await store.channels.remove('id-a')
  await store.broadcasts.finish(id, 2, 'ended', { nextMediaSequence: 5, discontinuitySequence: 0, longestGopMs: 0 })
  await assert.rejects(store.broadcasts.begin('id-a', 3), NotFoundError)
})

test('a stopped server leaves its broadcast open until the next one begins', async () => {
  await using directory = await temporary()
  const progress = { nextMediaSequence: 5, discontinuitySequence: 1, longestGopMs: 0 }
  {
    await using store = await opened(directory.path)
    await store.channels.create(channel('a'), key('ka'))
    const { id } = await store.broadcasts.begin('id-a', 1)
    await store.broadcasts.finish(id, 77, 'stopped', progress)
  }
  using file = new DatabaseSync(join(directory.path, 'streamhost.db'))
  const row = () => ({ ...file.prepare('select state, ended_at from broadcasts where started_at = 1').get() })
  assert.deepEqual(row(), { state: 'stopped', ended_at: null })
  await using store = await opened(directory.path)
  const next = await store.broadcasts.begin('id-a', 100)
  assert.deepEqual([next.mediaSequence, next.discontinuitySequence], [5, 1])
  assert.deepEqual(row(), { state: 'ended', ended_at: 77 })
})

test('a database of the first version is brought up to date and keeps its channels', async () => {
  await using directory = await temporary()
  const path = join(directory.path, 'streamhost.db')
  const database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: forKysely(new DatabaseSync(path)) }) })
  await migrate(database, MIGRATIONS.slice(0, 1))
  const old = {
    id: 'id-a',
    slug: 'a',
    title: 'Old',
    created_at: 1,
    next_media_sequence: 41,
    discontinuity_sequence: 3,
    longest_gop_ms: 0,
  }
  // As that version knew it: without what later ones added.
  await database
    .insertInto('channels')
    .values(old as unknown as Insertable<ChannelsTable>)
    .execute()
  await database.destroy()

  await using store = await opened(directory.path)
  assert.equal((await store.channels.bySlug('a'))?.title, 'Old')
  assert.equal((await store.broadcasts.begin('id-a', 1)).mediaSequence, 41)
})

test('a page of everybody’s devices costs a page, however many there are', async () => {
  using file = new DatabaseSync(':memory:')
  const asked: string[] = []
  const dialect = new SqliteDialect({ database: forKysely(file) })
  const database = new Kysely<Tables>({ dialect, log: ({ query }) => void asked.push(query.sql) })
  await migrate(database)
  for (const after of [undefined, { lastUsedAtMs: 5, id: 'd' }]) {
    await kyselyDevices(database).listAll(50, after, 1)
    const plan = file.prepare(`explain query plan ${asked.at(-1)}`).all()
    const steps = plan.map(({ detail }) => String(detail)).join('\n')
    assert.match(steps, /devices USING INDEX devices_by_end/)
    assert.doesNotMatch(steps, /TEMP B-TREE|SCAN people/, 'nothing is sorted')
  }
})

test('migrations are numbered from 1 without a hole', () => {
  assert.deepEqual(
    MIGRATIONS.map(({ number }) => number),
    MIGRATIONS.map((_, index) => index + 1),
  )
})

test('a migration that fails leaves the database as it was', async () => {
  using file = new DatabaseSync(':memory:')
  const database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: forKysely(file) }) })
  const failing = {
    number: MIGRATIONS.length + 1,
    name: 'fails',
    up: async (schema: Kysely<Tables>['schema']) => {
      await schema.createTable('half').addColumn('id', 'text').execute()
      throw new Error('half-way')
    },
  }
  await assert.rejects(migrate(database, [...MIGRATIONS, failing]), /half-way/)
  assert.equal(file.prepare("select count(*) as n from sqlite_master where name = 'half'").get()?.n, 0)
  assert.equal(file.prepare('select max(number) as n from migrations').get()?.n, MIGRATIONS.length)
})

test('a database of a newer version is refused with a sentence', async () => {
  await using directory = await temporary()
  {
    await using _store = await opened(directory.path)
  }
  {
    using file = new DatabaseSync(join(directory.path, 'streamhost.db'))
    file.exec("insert into migrations values (99, 'from the future', 0)")
  }
  await assert.rejects(opened(directory.path), (error) => {
    assert.ok(error instanceof ConfigError)
    assert.match(error.message, /newer version of streamhost \(its schema is 99/)
    return true
  })
})

test('the file is readable by its owner alone', async () => {
  await using directory = await temporary()
  await using _store = await opened(join(directory.path, 'made', 'below'))
  assert.equal((await stat(join(directory.path, 'made', 'below', 'streamhost.db'))).mode & 0o777, 0o600)
})

test('a file that is no database is refused with a sentence', async () => {
  await using directory = await temporary()
  await writeFile(join(directory.path, 'streamhost.db'), 'this is no database at all, but some long text instead of it')
  await assert.rejects(opened(directory.path), { name: 'ConfigError', message: /damaged or no database/ })
})

test('a data directory below a file is refused with a sentence', async () => {
  await using directory = await temporary()
  await writeFile(join(directory.path, 'file'), '')
  await assert.rejects(opened(join(directory.path, 'file', 'data')), {
    name: 'ConfigError',
    message: /set storage.dataDir/,
  })
})

test('a data directory that may not be written is refused with a sentence', async () => {
  // Not even root makes files there.
  await assert.rejects(opened('/proc'), { name: 'ConfigError', message: /set storage.dataDir/ })
})

test('a database that another program holds is refused with a sentence', async () => {
  await using directory = await temporary()
  {
    await using _store = await opened(directory.path)
  }
  using file = new DatabaseSync(join(directory.path, 'streamhost.db'))
  file.exec('pragma locking_mode = exclusive; begin exclusive')
  await assert.rejects(opened(directory.path), { name: 'ConfigError', message: /in use by another program/ })
})

test('a call before the start and after the stop is answered with unavailable', async () => {
  await using directory = await temporary()
  const store = new Store({ dataDir: directory.path, log: silentLog })
  await assert.rejects(store.channels.count(), UnavailableError)
  await store.start()
  await store.stop()
  await store.stop()
  await assert.rejects(store.channels.count(), UnavailableError)
})

test('what was asked before the stop is done before the file is closed', async () => {
  await using directory = await temporary()
  await using store = await opened(directory.path)
  const made = store.channels.create(channel('a'), key('ka'))
  await store.stop()
  assert.equal(await made, 'created')
})

test('a store thread that dies fails the calls under way, comes back by itself, and sequences go on above', async () => {
  await using directory = await temporary()
  const born: Worker[] = []
  const note = (worker: Worker): number => born.push(worker)
  process.on('worker', note)
  try {
    const again = Promise.withResolvers<void>()
    const log = { ...silentLog, error: () => again.resolve() }
    const store = new Store({ dataDir: directory.path, log })
    await store.start()
    await store.channels.create(channel('a'), key('ka'))
    const before = await store.broadcasts.begin('id-a', 1)
    const underWay = assert.rejects(
      store.channels.list(1, undefined).then(() => store.channels.list(1, undefined)),
      UnavailableError,
    )
    await born[0]?.terminate()
    await underWay
    await again.promise
    let after: { mediaSequence: number; discontinuitySequence: number } | undefined
    while (after === undefined) {
      after = await store.broadcasts.begin('id-a', 2).catch((error: unknown) => {
        assert.ok(error instanceof UnavailableError)
        return new Promise<undefined>((resolve) => setImmediate(resolve, undefined))
      })
    }
    assert.ok(after.mediaSequence >= before.mediaSequenceLimit)
    assert.ok(after.discontinuitySequence > before.discontinuitySequence)
    await store.stop()
  } finally {
    process.off('worker', note)
  }
})
