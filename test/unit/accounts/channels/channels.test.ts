import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChannelDetails } from '../../../../src/accounts/channels/channel-details.ts'
import type { ChannelRecord, ChannelStore, KeyRecord } from '../../../../src/accounts/channels/channel-store.ts'
import { Channels } from '../../../../src/accounts/channels/channels.ts'
import { PublishAuthorizer } from '../../../../src/accounts/channels/publish-authorizer.ts'
import { NotFoundError, RefusedError } from '../../../../src/base/errors.ts'
import { InvalidFieldError } from '../../../../src/base/invalid-field-error.ts'

const SECRET = new Uint8Array(32).fill(1)

/** Channels in memory, with every write counted. */
class MemoryStore implements ChannelStore {
  readonly channels = new Map<string, ChannelRecord>()
  readonly keys = new Map<string, KeyRecord & { readonly channelId: string }>()
  writes = 0

  async create(channel: ChannelRecord, key: KeyRecord) {
    if ([...this.channels.values()].some(({ slug }) => slug === channel.slug)) return 'slug-taken' as const
    if (this.keys.has(key.digest)) return 'key-taken' as const
    this.writes++
    this.channels.set(channel.id, channel)
    this.keys.set(key.digest, { ...key, channelId: channel.id })
    return 'created' as const
  }
  async list(limit: number, afterSlug: string | undefined) {
    const sorted = [...this.channels.values()].sort((a, b) => (a.slug < b.slug ? -1 : 1))
    return sorted.filter(({ slug }) => afterSlug === undefined || slug > afterSlug).slice(0, limit)
  }
  async bySlug(slug: string) {
    return [...this.channels.values()].find((channel) => channel.slug === slug)
  }
  async byKeyDigest(digest: string) {
    const key = this.keys.get(digest)
    const channel = this.channels.get(key?.channelId ?? '')
    return key && channel && { channel, keyId: key.id }
  }
  async hasKey(channelId: string, digest: string) {
    return this.keys.get(digest)?.channelId === channelId
  }
  async change(channelId: string, change: Partial<ChannelDetails>) {
    const channel = this.channels.get(channelId)
    this.writes++
    if (channel) this.channels.set(channelId, { ...channel, ...change })
  }
  async replaceKeys(channelId: string, key: KeyRecord, which: 'all' | 'unlabelled') {
    if ((this.keys.get(key.digest)?.channelId ?? channelId) !== channelId) return 'key-taken' as const
    this.writes++
    const gone = [...this.keys.values()].filter(
      (old) => old.channelId === channelId && (which === 'all' || old.label === ''),
    )
    for (const { digest } of gone) this.keys.delete(digest)
    this.keys.set(key.digest, { ...key, channelId })
    return gone.map(({ id }) => id)
  }
  async remove(channelId: string) {
    for (const [digest, key] of this.keys) if (key.channelId === channelId) this.keys.delete(digest)
    return this.channels.delete(channelId)
  }
  async pictures() {
    return []
  }
  async count() {
    return this.channels.size
  }
}

function made(open = false) {
  const store = new MemoryStore()
  const channels = new Channels(store, SECRET)
  return { store, channels, authorizer: new PublishAuthorizer(channels, { open }) }
}

test('a new channel gets a key, its slug for a title, and only a digest of the key is kept', async () => {
  const { store, channels } = made()
  const { channel, key } = await channels.create({ slug: 'main' })
  assert.equal(channel.title, 'main')
  assert.match(key, /^sk_[\w-]{27}$/)
  assert.ok(![...store.keys.keys()].some((digest) => digest.includes(key)))
  assert.notEqual((await channels.create({ slug: 'second' })).key, key)
})

test('slugs are short, plain, and never a word of the server or the beginning of a key', async () => {
  const { channels } = made()
  const bad = [
    '',
    'A',
    '-a',
    '_a',
    'a b',
    'ä',
    '../x',
    'a/b',
    'a.b',
    'x'.repeat(65),
    'sk_abc',
    'api',
    'live',
    'vod',
    'embed',
    'whip',
    'whep',
    'time',
  ]
  for (const slug of bad) {
    await assert.rejects(
      channels.create({ slug }),
      (error) => error instanceof InvalidFieldError && error.path === 'slug',
      slug,
    )
  }
  for (const slug of ['a', '0', 'main-hall_2', 'x'.repeat(64), 'sk', 'livestream']) {
    assert.equal((await channels.create({ slug })).channel.slug, slug)
  }
})

test('a chosen key has its prefix and at least 20 plain characters, and a refusal never repeats it', async () => {
  const { channels } = made()
  for (const key of [
    '',
    'sk_short',
    `sk_${'a'.repeat(16)}`,
    'a'.repeat(40),
    `sk_${'a'.repeat(200)}`,
    `sk_${'a b'.repeat(9)}`,
  ]) {
    await assert.rejects(channels.create({ slug: 'main', key }), (error) => {
      assert.ok(error instanceof InvalidFieldError && error.path === 'key')
      assert.ok(key === '' || !error.message.includes(key))
      return true
    })
  }
  assert.equal((await channels.create({ slug: 'main', key: `sk_${'a'.repeat(17)}` })).key, `sk_${'a'.repeat(17)}`)
})

test('slug and key of another channel are refused', async () => {
  const { channels } = made()
  const { key } = await channels.create({ slug: 'main' })
  const conflict = (error: unknown) => error instanceof RefusedError && error.code === 'CONFLICT'
  await assert.rejects(channels.create({ slug: 'main' }), conflict)
  await assert.rejects(channels.create({ slug: 'second', key }), conflict)
  await channels.create({ slug: 'second' })
  await assert.rejects(channels.rotateKey('second', key), conflict)
})

test('a title is trimmed, and can hide nothing', async () => {
  const { channels } = made()
  assert.equal((await channels.create({ slug: 'a', title: '  The\u202e choir\n ' })).channel.title, 'The  choir')
  for (const title of [' ', '\u200b', 'x'.repeat(121)]) {
    await assert.rejects(
      channels.create({ slug: 'b', title }),
      (error) => error instanceof InvalidFieldError && error.path === 'title',
    )
  }
})

test('pages of channels follow each other without gap or repetition', async () => {
  const { channels } = made()
  for (const slug of ['d', 'a', 'cc', 'b', 'e']) await channels.create({ slug })
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await channels.list(2, cursor)
    seen.push(...page.items.map(({ slug }) => slug))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  assert.deepEqual(seen, ['a', 'b', 'cc', 'd', 'e'])
  await assert.rejects(channels.list(2, '!!'), InvalidFieldError)
})

test('declared channels are made once, kept up to date, and a second time changes nothing', async () => {
  const { store, channels, authorizer } = made()
  const chosen = `sk_${'k'.repeat(20)}`
  const declared = [{ slug: 'one', title: 'One', tags: ['choir'], language: 'de-at', key: chosen }, { slug: 'two' }]
  const { made: told } = await channels.applyDeclared(declared)
  assert.deepEqual(
    told.map(({ channel }) => channel.slug),
    ['two'],
    'only a key that was made is told',
  )
  const writes = store.writes
  assert.deepEqual(await channels.applyDeclared(declared), { made: [], changed: [], rekeyed: [] })
  assert.equal(store.writes, writes)

  const other = `sk_${'o'.repeat(20)}`
  await channels.applyDeclared([{ slug: 'one', title: 'First', key: other }])
  const one = await channels.get('one')
  assert.deepEqual(
    [one.title, one.tags, one.language],
    ['First', ['choir'], 'de-AT'],
    'what is no longer declared stays',
  )
  assert.equal((await authorizer.authorizePublish(other, undefined)).allowed, true)
  assert.equal((await authorizer.authorizePublish(chosen, undefined)).allowed, false)
})

test('a publisher is let in by ?key=, then by its name as a key', async () => {
  const { channels, authorizer } = made()
  const { key } = await channels.create({ slug: 'main' })
  for (const [name, parameter] of [
    [key, undefined],
    ['main', key],
    ['', key],
  ] as const) {
    const answer = await authorizer.authorizePublish(name, parameter)
    assert.ok(answer.allowed && answer.channel.slug === 'main', name)
  }
})

test('a publisher without the right key is told why, in words that keep what it sent', async () => {
  const { channels, authorizer } = made()
  const { key } = await channels.create({ slug: 'main' })
  await channels.create({ slug: 'second' })
  const refusals = [
    ['main', undefined, 'bad-key'],
    ['', undefined, 'bad-key'],
    ['sk_unknown_but_long_enough', undefined, 'bad-key'],
    ['main', 'sk_wrong', 'bad-key'],
    [key, 'sk_wrong', 'bad-key'],
    ['second', key, 'bad-name'],
    ['x'.repeat(100_000), undefined, 'bad-key'],
    ['main', 'x'.repeat(100_000), 'bad-key'],
  ] as const
  for (const [name, parameter, code] of refusals) {
    const answer = await authorizer.authorizePublish(name, parameter)
    assert.ok(!answer.allowed)
    assert.equal(answer.code, code, name.slice(0, 40))
    assert.ok(!answer.message.includes(key))
  }
})

test('an open server makes the channel that a publisher names, once', async () => {
  const { channels, authorizer } = made(true)
  const answers = await Promise.all([1, 2, 3].map(() => authorizer.authorizePublish('lab', undefined)))
  assert.ok(answers.every((answer) => answer.allowed && answer.channel.slug === 'lab'))
  assert.equal(await channels.count(), 1)
  for (const name of ['Api', 'api', '../x', '']) {
    const answer = await authorizer.authorizePublish(name, undefined)
    assert.ok(!answer.allowed && answer.code === 'bad-name', name)
  }
  const key = await authorizer.authorizePublish('sk_not_a_key_of_this_server', undefined)
  assert.ok(!key.allowed && key.code === 'bad-key', 'a mistyped key never becomes a channel')
})

test('a rotated key is the only one that works', async () => {
  const { channels, authorizer } = made()
  const { key: old } = await channels.create({ slug: 'main' })
  const { key } = await channels.rotateKey('main')
  assert.equal((await authorizer.authorizePublish(old, undefined)).allowed, false)
  assert.equal((await authorizer.authorizePublish(key, undefined)).allowed, true)
})

test('a removed channel is not there, and its key opens nothing', async () => {
  const { channels, authorizer } = made()
  const { key } = await channels.create({ slug: 'main' })
  await channels.remove('main')
  await assert.rejects(channels.get('main'), NotFoundError)
  await assert.rejects(channels.remove('main'), NotFoundError)
  assert.equal((await authorizer.authorizePublish(key, undefined)).allowed, false)
})
