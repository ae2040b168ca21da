import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatRefusal, Restriction } from '../../src/contract/chat.ts'
import { ChatPage } from '../light/chat-page.ts'
import { bodyOf, type Harness, harness, json } from './http-harness.ts'

async function hall(): Promise<Harness> {
  const server = await harness()
  await server.channels.create({ slug: 'main', title: 'Main hall' })
  return server
}

/** As a moderator does. */
async function moderate(server: Harness, method: string, path: string, body?: unknown): Promise<Response> {
  const request = body === undefined ? { method, headers: server.admin } : json(method, body, server.admin)
  const response = await fetch(`${server.url}/api/v1/channels/main/chat${path}`, request)
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? '' : await response.text()}`)
  return response
}

async function restrict(server: Harness, body: Record<string, unknown>): Promise<Restriction> {
  return (await (await moderate(server, 'POST', '/restrictions', body)).json()) as Restriction
}

async function refusal(page: ChatPage, text: string): Promise<ChatRefusal | 'said'> {
  const answer = await page.say(text)
  return answer.type === 'said' ? 'said' : answer.reason
}

test('a removed message leaves all pages, and comes back', async () => {
  await using server = await hall()
  await using anna = (await ChatPage.join(server.url, 'main', { name: 'Anna' })).page
  await using ben = (await ChatPage.join(server.url, 'main', { name: 'Ben' })).page
  for (const text of ['good', 'bad']) await anna.say(text)
  await moderate(server, 'DELETE', '/messages/2')
  for (const page of [anna, ben]) assert.deepEqual((await page.next('removed')).seqs, [2])
  const later = await ChatPage.join(server.url, 'main', { name: 'Carl' })
  await using carl = later.page
  assert.deepEqual(
    later.welcome.messages.map(({ text }) => text),
    ['good'],
  )
  const list = await bodyOf(await moderate(server, 'GET', '/messages?limit=1'))
  assert.deepEqual(
    (list.items as Record<string, unknown>[]).map(({ seq, text, removedBy }) => [seq, text, removedBy]),
    [[2, 'bad', 'admin']],
  )
  await moderate(server, 'POST', '/messages/2/restore')
  for (const page of [anna, ben, carl]) assert.equal((await page.next('restored')).messages[0]?.text, 'bad')
})

test('a page that was away while a message was removed is told when it comes back', async () => {
  await using server = await hall()
  await using anna = (await ChatPage.join(server.url, 'main', { name: 'Anna' })).page
  for (const text of ['good', 'bad']) await anna.say(text)
  await moderate(server, 'DELETE', '/messages/2')
  const again = await ChatPage.join(server.url, 'main', { name: 'Ben', after: 2 })
  await using ben = again.page
  assert.deepEqual([again.welcome.resumed, again.welcome.messages], [true, []])
  assert.deepEqual((await ben.next('removed')).seqs, [2])
})

test('who is timed out learns until when, and writes again when it is lifted', async () => {
  await using server = await hall()
  const { page, welcome } = await ChatPage.join(server.url, 'main', { name: 'Anna' })
  await using anna = page
  await anna.say('hello')
  const made = await restrict(server, { person: welcome.you.id, kind: 'quiet', seconds: 600, reason: 'caps' })
  assert.deepEqual([made.person.name, made.kind, made.address, made.reason], ['Anna', 'quiet', false, 'caps'])
  assert.equal((await anna.next('you')).quietUntil, made.until)
  const refused = await anna.say('HELLO')
  assert.ok(refused.type === 'refused' && refused.reason === 'quiet' && refused.until === made.until)
  const again = await ChatPage.join(server.url, 'main', { name: 'Anna', token: welcome.you.token })
  await using second = again.page
  assert.equal(again.welcome.you.quietUntil, made.until, 'it survives a reconnect')
  const { items } = await bodyOf(await moderate(server, 'GET', '/restrictions'))
  assert.deepEqual(items, [made])
  await moderate(server, 'DELETE', `/restrictions/${made.id}`)
  assert.equal((await anna.next('you')).quietUntil, null)
  assert.equal(await refusal(anna, 'thanks'), 'said')
  assert.equal(await refusal(second, 'thanks too'), 'said')
})

test('a ban takes what was said with it, holds over a restart of the room, and its undo brings all back', async () => {
  await using server = await hall()
  const { page, welcome } = await ChatPage.join(server.url, 'main', { name: 'Anna' })
  await using anna = page
  await using ben = (await ChatPage.join(server.url, 'main', { name: 'Ben' })).page
  for (const text of ['one', 'two']) await anna.say(text)
  await ben.say('three')
  const ban = await restrict(server, { person: welcome.you.id, kind: 'ban', removeMessages: true })
  assert.deepEqual([ban.until, (await anna.next('you')).banned], [null, true])
  assert.deepEqual((await ben.next('removed')).seqs, [1, 2])
  assert.equal(await refusal(anna, 'why'), 'banned')
  const { restrictions } = await server.store.chat.open((await server.channels.get('main')).id, 1, 10, Date.now())
  assert.deepEqual(
    restrictions.map(({ id, personId }) => [id, personId]),
    [[ban.id, welcome.you.id]],
  )
  await moderate(server, 'DELETE', `/restrictions/${ban.id}`)
  assert.deepEqual(
    (await ben.next('restored')).messages.map(({ seq }) => seq),
    [1, 2],
  )
  assert.equal(await refusal(anna, 'thanks'), 'said')
})

test('a ban of the address keeps out who comes back as somebody else, and nobody from elsewhere', async () => {
  await using server = await harness({ settings: { trustedProxies: ['127.0.0.1'] } })
  await server.channels.create({ slug: 'main' })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const { page, welcome } = await ChatPage.join(server.url, 'main', { name: 'Anna' }, from('203.0.113.7'))
  await using anna = page
  await anna.say('hello')
  const ban = await restrict(server, { person: welcome.you.id, kind: 'ban', address: true })
  assert.equal(ban.address, true)
  const again = await ChatPage.join(server.url, 'main', { name: 'Berta' }, from('203.0.113.7'))
  await using berta = again.page
  assert.equal(again.welcome.you.banned, true)
  assert.equal(await refusal(berta, 'hello'), 'banned')
  await using carl = (await ChatPage.join(server.url, 'main', { name: 'Carl' }, from('203.0.113.8'))).page
  assert.equal(await refusal(carl, 'hello'), 'said')
  const here = await ChatPage.join(server.url, 'main', { name: 'Dora' })
  await using dora = here.page
  assert.equal((await restrict(server, { person: here.welcome.you.id, kind: 'ban', address: true })).address, false)
  assert.equal(await refusal(dora, 'hello'), 'banned')
})

test('slow mode makes each wait, off makes all, and both are told at once', async () => {
  await using server = await hall()
  await using anna = (await ChatPage.join(server.url, 'main', { name: 'Anna' })).page
  await using admin = (await ChatPage.join(server.url, 'main', {}, server.admin)).page
  assert.deepEqual(await bodyOf(await moderate(server, 'PATCH', '/room', { mode: 'slow', slowSeconds: 30 })), {
    ...{ mode: 'slow', slowSeconds: 30, writers: 'everybody', guests: true },
  })
  assert.equal((await anna.next('room')).room.slowSeconds, 30)
  assert.equal(await refusal(anna, 'one'), 'said')
  const second = await anna.say('two')
  assert.ok(second.type === 'refused' && second.reason === 'slow' && (second.retryAfterMs ?? 0) > 25_000)
  assert.deepEqual([await refusal(admin, 'one'), await refusal(admin, 'two')], ['said', 'said'])
  await moderate(server, 'PATCH', '/room', { mode: 'off' })
  assert.equal((await anna.next('room')).room.mode, 'off')
  assert.deepEqual([await refusal(anna, 'x'), await refusal(admin, 'x')], ['off', 'off'])
  const { mode, slowSeconds } = await bodyOf(await moderate(server, 'GET', '/room'))
  assert.deepEqual([mode, slowSeconds], ['off', 30])
})

test('admins are known by their session, and can’t be banned; guests may not moderate', async () => {
  await using server = await hall()
  const cookie = `streamhost_session=${server.sessions.create('admin')}`
  const { page, welcome } = await ChatPage.join(server.url, 'main', {}, { cookie, origin: server.url })
  await using admin = page
  assert.deepEqual([welcome.you.role, welcome.you.moderates, welcome.you.name], ['admin', true, 'Admin'])
  await admin.say('welcome')
  const ban = json('POST', { person: welcome.you.id, kind: 'ban' }, server.admin)
  assert.equal((await fetch(`${server.url}/api/v1/channels/main/chat/restrictions`, ban)).status, 403)
  const paths = ['messages', 'restrictions', 'room']
  const statuses = await Promise.all(
    paths.map(async (path) => (await fetch(`${server.url}/api/v1/channels/main/chat/${path}`)).status),
  )
  assert.deepEqual(statuses, [401, 401, 401])
})

test('each action is in the audit log, with what it was done to', async () => {
  await using server = await hall()
  const { page, welcome } = await ChatPage.join(server.url, 'main', { name: 'Anna' })
  await using anna = page
  await anna.say('hello')
  await moderate(server, 'DELETE', '/messages/1')
  await moderate(server, 'POST', '/messages/1/restore')
  const { id } = await restrict(server, { person: welcome.you.id, kind: 'ban' })
  await moderate(server, 'DELETE', `/restrictions/${id}`)
  await moderate(server, 'PATCH', '/room', { mode: 'slow' })
  const { items } = await server.audit.list(10)
  const person = `Anna (${welcome.you.id}): ban`
  assert.deepEqual(items.map(({ actor, action, channel, subject }) => [actor, action, channel, subject]).reverse(), [
    ['admin', 'chat.message.remove', 'main', '#1 Anna: “hello”'],
    ['admin', 'chat.message.restore', 'main', '#1 Anna: “hello”'],
    ['admin', 'chat.restriction.add', 'main', person],
    ['admin', 'chat.restriction.lift', 'main', person],
    ['admin', 'chat.room.change', 'main', 'slow, 10 s; everybody'],
  ])
})

test('what is not there, or not right, is answered so', async () => {
  await using server = await hall()
  const ask = async (method: string, path: string, body?: unknown) => {
    const request = body === undefined ? { method, headers: server.admin } : json(method, body, server.admin)
    return (await fetch(`${server.url}/api/v1/channels/${path}`, request)).status
  }
  assert.equal(await ask('DELETE', 'main/chat/messages/9'), 404)
  assert.equal(await ask('DELETE', 'main/chat/messages/x'), 400)
  assert.equal(await ask('POST', 'main/chat/messages/9/restore'), 404)
  assert.equal(await ask('POST', 'main/chat/restrictions', { person: 'nobody', kind: 'ban' }), 404)
  assert.equal(await ask('POST', 'main/chat/restrictions', { person: 'nobody', kind: 'quiet' }), 400)
  assert.equal(await ask('DELETE', 'main/chat/restrictions/none'), 404)
  assert.equal(await ask('PATCH', 'main/chat/room', { mode: 'loud' }), 400)
  assert.equal(await ask('GET', 'main/chat/messages?cursor=x'), 400)
  assert.equal(await ask('GET', 'nowhere/chat/room'), 404)
})
