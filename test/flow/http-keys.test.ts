import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../src/contract/channel.ts'
import { StreamKey, StreamKeyList, StreamKeyWithKey } from '../../src/contract/stream-key.ts'
import { type Harness, harness, json, LIVE } from './http-harness.ts'

/** Asks for the keys of `main`, or for one of them. */
function asker(server: Harness) {
  return (method: string, path = '', body?: unknown) => {
    const url = `${server.url}/api/v1/channels/main/keys${path}`
    return fetch(url, body === undefined ? { method, headers: server.admin } : json(method, body, server.admin))
  }
}

test('a channel gets several keys; each is told once, and each opens it', async () => {
  await using server = await harness()
  const { key: first } = await server.channels.create({ slug: 'main' })
  const ask = asker(server)
  const made = await ask('POST', '', { label: 'Studio' })
  assert.deepEqual([made.status, made.headers.get('cache-control')], [201, 'no-store'])
  const { streamKey, key } = StreamKeyWithKey.parse(await made.json())
  assert.deepEqual([streamKey.label, streamKey.lastUsedAt, streamKey.onAir], ['Studio', null, false])
  for (const each of [first, key]) assert.equal((await server.channels.byKey(each))?.channel.slug, 'main')
  const list = await (await ask('GET')).text()
  assert.ok(!list.includes(key) && !list.includes(first))
  assert.deepEqual(
    StreamKeyList.parse(JSON.parse(list)).items.map(({ label }) => label),
    ['', 'Studio'],
  )
  const renamed = await ask('PATCH', `/${streamKey.id}`, { label: 'Main camera' })
  assert.equal(StreamKey.parse(await renamed.json()).label, 'Main camera')
})

test('a key on air says so, and one that was says when', async () => {
  await using server = await harness()
  const { key } = await server.channels.create({ slug: 'main' })
  const id = (await server.channels.byKey(key))?.keyId ?? assert.fail()
  const ask = asker(server)
  const [of] = [async () => StreamKeyList.parse(await (await ask('GET')).json()).items[0]]
  server.keyUses.note(id, Date.parse('2026-11-29T10:00:00Z'))
  assert.deepEqual([(await of())?.lastUsedAt, (await of())?.onAir], ['2026-11-29T10:00:00.000Z', false])
  server.live.set('main', LIVE)
  server.live.keys.set('main', id)
  assert.equal((await of())?.onAir, true)
})

test('revoking or rotating a key ends the broadcast that came by it, and no other', async () => {
  await using server = await harness()
  const { key: first } = await server.channels.create({ slug: 'main' })
  const ask = asker(server)
  const add = async (label: string) => StreamKeyWithKey.parse(await (await ask('POST', '', { label })).json())
  const onAir = await add('Studio')
  const other = await add('Phone')
  server.live.set('main', LIVE)
  server.live.keys.set('main', onAir.streamKey.id)
  assert.equal((await ask('DELETE', `/${other.streamKey.id}`)).status, 204)
  assert.deepEqual(server.live.ended, [])
  const rotated = StreamKeyWithKey.parse(await (await ask('POST', `/${onAir.streamKey.id}/rotate`)).json())
  assert.deepEqual(server.live.ended, ['main'])
  for (const gone of [other.key, onAir.key]) assert.equal(await server.channels.byKey(gone), undefined)
  for (const stays of [first, rotated.key]) assert.ok(await server.channels.byKey(stays))
  server.live.set('main', LIVE)
  server.live.keys.set('main', rotated.streamKey.id)
  assert.equal((await ask('DELETE', `/${rotated.streamKey.id}`)).status, 204)
  assert.deepEqual(server.live.ended, ['main', 'main'])
  assert.equal((await ask('DELETE', `/${rotated.streamKey.id}`)).status, 404)
  const { items } = await server.audit.list(10)
  assert.deepEqual(
    items.map(({ action, subject }) => [action, subject]),
    [
      ['channel.key.revoke', 'Studio'],
      ['channel.key.rotate', 'Studio'],
      ['channel.key.revoke', 'Phone'],
      ['channel.key.add', 'Phone'],
      ['channel.key.add', 'Studio'],
    ],
  )
})

test('what is wrong with a key is told by path, and never repeats it', async () => {
  await using server = await harness()
  const { key: first } = await server.channels.create({ slug: 'main' })
  const { key: elsewhere } = await server.channels.create({ slug: 'other' })
  const ask = asker(server)
  for (const [body, path] of [
    [{}, 'label'],
    [{ label: ' ' }, 'label'],
    [{ label: 'x'.repeat(61) }, 'label'],
    [{ label: 'Studio', key: 'sk_tooshort' }, 'key'],
    [{ label: 'Studio', role: 'admin' }, 'role'],
  ] as const) {
    const answer = await ask('POST', '', body)
    const text = await answer.text()
    assert.equal(answer.status, 400, JSON.stringify(body))
    assert.equal(Problem.parse(JSON.parse(text)).errors?.[0]?.path, path)
    assert.ok(!text.includes('sk_tooshort'))
  }
  for (const key of [first, elsewhere]) {
    assert.equal((await ask('POST', '', { label: 'Studio', key })).status, 409)
  }
  assert.equal((await ask('PATCH', '/none', { label: 'x' })).status, 404)
})

test('a new key for all is the only one that works from then on', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const ask = asker(server)
  const { key } = StreamKeyWithKey.parse(await (await ask('POST', '', { label: 'Studio' })).json())
  await fetch(`${server.url}/api/v1/channels/main/key`, { method: 'POST', headers: server.admin })
  assert.equal(await server.channels.byKey(key), undefined)
  assert.deepEqual(
    StreamKeyList.parse(await (await ask('GET')).json()).items.map(({ label }) => label),
    [''],
  )
})
