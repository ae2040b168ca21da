import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuditList } from '../../src/contract/audit.ts'
import { type Harness, harness, json, LIVE } from './http-harness.ts'

async function logOf(server: Harness, query = ''): Promise<AuditList> {
  const answer = await fetch(`${server.url}/api/v1/audit${query}`, { headers: server.admin })
  assert.equal(answer.status, 200)
  return AuditList.parse(await answer.json())
}

test('what an admin does is told by the audit log: who, from where, what, to what', async () => {
  await using server = await harness({ settings: { trustedProxies: ['127.0.0.1'] } })
  const from = (address: string) => ({ ...server.admin, 'x-forwarded-for': address })
  const api = (path: string, init: RequestInit) => fetch(`${server.url}/api/v1${path}`, init)
  const channel = '/channels/main'
  await api('/session', json('POST', { token: 'at_wrong' }, { 'x-forwarded-for': '203.0.113.7' }))
  await api('/session', json('POST', { token: server.adminToken }, { 'x-forwarded-for': '203.0.113.8' }))
  await api('/channels', json('POST', { slug: 'main', title: 'Main hall' }, from('203.0.113.9')))
  await api(channel, json('PATCH', { title: 'Choir' }, from('203.0.113.9')))
  await api(channel, json('PATCH', { title: 'Choir' }, from('203.0.113.9')))
  await api(`${channel}/key`, json('POST', {}, from('203.0.113.9')))
  server.live.set('main', LIVE)
  await api(`${channel}/end`, { method: 'POST', headers: from('203.0.113.9') })
  await api(`${channel}/end`, { method: 'POST', headers: from('203.0.113.9') })
  await server.http.inject({ method: 'DELETE', url: '/api/v1/channels/main' })
  const { items, nextCursor } = await logOf(server)
  assert.equal(nextCursor, null)
  assert.deepEqual(
    items.reverse().map(({ actor, address, action, channel, subject }) => [actor, address, action, channel, subject]),
    [
      ['public', '203.0.113.7', 'session.refuse', null, null],
      ['admin', '203.0.113.8', 'session.begin', null, null],
      ['admin', '203.0.113.9', 'channel.create', 'main', 'Main hall'],
      ['admin', '203.0.113.9', 'channel.rename', 'main', '“Main hall” → “Choir”'],
      ['admin', '203.0.113.9', 'channel.key.rotate', 'main', null],
      ['admin', '203.0.113.9', 'channel.end', 'main', null],
      ['admin', 'local', 'channel.delete', 'main', 'Choir'],
    ],
  )
  const text = JSON.stringify(items)
  assert.ok(!text.includes('sk_') && !text.includes('at_'), 'no secret is in the log')
})

test('the audit log is read by channel and by kind of action, page by page', async () => {
  await using server = await harness()
  for (const slug of ['a', 'b', 'd']) {
    await fetch(`${server.url}/api/v1/channels`, json('POST', { slug }, server.admin))
    await fetch(`${server.url}/api/v1/channels/${slug}/key`, json('POST', {}, server.admin))
  }
  const names = (list: AuditList) => list.items.map(({ action, channel }) => `${action} ${channel}`)
  assert.deepEqual(names(await logOf(server, '?channel=b')), ['channel.key.rotate b', 'channel.create b'])
  assert.equal((await logOf(server, '?action=channel')).items.length, 6)
  assert.equal((await logOf(server, '?action=chan')).items.length, 0)
  const first = await logOf(server, '?action=channel.key&limit=2')
  assert.deepEqual(names(first), ['channel.key.rotate d', 'channel.key.rotate b'])
  const next = await logOf(server, `?action=channel.key&limit=2&cursor=${first.nextCursor}`)
  assert.deepEqual(names(next), ['channel.key.rotate a'])
  const bad = await fetch(`${server.url}/api/v1/audit?cursor=x`, { headers: server.admin })
  assert.equal(bad.status, 400)
})

test('a log of guesses forgets the oldest guesses, and nothing else', async () => {
  await using server = await harness()
  const record = { atMs: 1000, actor: 'public', person: null, address: '192.0.2.1', channel: null, subject: null }
  const guess = { ...record, action: 'session.refuse' } as const
  await server.store.audit.append([{ ...record, action: 'session.begin' }, guess, guess, guess])
  await server.store.audit.prune(0, 100, 2)
  assert.deepEqual(
    (await server.store.audit.list(10, undefined, {})).map(({ seq }) => seq),
    [4, 3, 1],
  )
  await server.store.audit.prune(0, 2, 100)
  assert.deepEqual(
    (await server.store.audit.list(10, undefined, {})).map(({ seq }) => seq),
    [4, 3],
  )
  await server.store.audit.prune(1001, 100, 100)
  assert.deepEqual(await server.store.audit.list(10, undefined, {}), [])
})
