import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatPage } from '../light/chat-page.ts'
import { bodyOf, type Harness, harness, json, LIVE, type SignedInPerson } from './http-harness.ts'

type Follows = {
  readonly items: readonly { channel: { slug: string; live: boolean } }[]
  readonly nextCursor: string | null
}

async function ask(server: Harness, by: SignedInPerson, method: string, path: string): Promise<Response> {
  return fetch(server.url + path, { method, headers: by.bearer })
}

async function follows(server: Harness, by: SignedInPerson, query = ''): Promise<Follows> {
  return (await bodyOf(await ask(server, by, 'GET', `/api/v1/you/follows${query}`))) as Follows
}

test('people follow channels, each their own, and leave them', async () => {
  await using server = await harness()
  for (const slug of ['choir', 'hall', 'school']) await server.channels.create({ slug })
  const anna = await server.signedIn('viewer')
  const bert = await server.signedIn('viewer')
  assert.deepEqual(await bodyOf(await ask(server, anna, 'GET', '/api/v1/you/follows/choir')), { since: null })
  const made = await bodyOf(await ask(server, anna, 'PUT', '/api/v1/you/follows/choir'))
  assert.match(String(made.since), /^\d{4}-/)
  assert.deepEqual(await bodyOf(await ask(server, anna, 'PUT', '/api/v1/you/follows/choir')), made, 'again is the same')
  await ask(server, anna, 'PUT', '/api/v1/you/follows/school')
  server.live.facts.set('choir', LIVE)
  const { items, nextCursor } = await follows(server, anna, '?limit=1')
  assert.deepEqual(
    items.map(({ channel }) => [channel.slug, channel.live]),
    [['choir', true]],
  )
  const rest = await follows(server, anna, `?cursor=${nextCursor}`)
  assert.deepEqual([rest.items.map(({ channel }) => channel.slug), rest.nextCursor], [['school'], null])
  assert.deepEqual((await follows(server, bert)).items, [])
  assert.equal((await ask(server, anna, 'DELETE', '/api/v1/you/follows/choir')).status, 204)
  assert.equal((await ask(server, anna, 'DELETE', '/api/v1/you/follows/choir')).status, 204)
  assert.equal((await ask(server, anna, 'PUT', '/api/v1/you/follows/nothing')).status, 404)
  assert.equal((await fetch(`${server.url}/api/v1/you/follows`)).status, 401)
  await server.channels.remove('school')
  assert.deepEqual((await follows(server, anna)).items, [])
})

test('what somebody watched is kept for them alone, and forgotten when they say so', async () => {
  await using server = await harness()
  const ids = await Promise.all(
    ['choir', 'hall'].map(async (slug) => (await server.channels.create({ slug })).channel.id),
  )
  const anna = await server.signedIn('viewer')
  const bert = await server.signedIn('viewer')
  for (const [index, channelId] of ids.entries()) {
    server.watched.heard(anna.person.id, channelId, `b${index}`)
    server.watched.heard('nobody', channelId, `b${index}`)
  }
  await server.watched.write()
  const list = async (by: SignedInPerson) => {
    const { items } = (await bodyOf(await ask(server, by, 'GET', '/api/v1/you/history'))) as {
      items: { id: string; channel: { slug: string } }[]
    }
    return items.map(({ id, channel }) => `${channel.slug} ${id}`).sort()
  }
  assert.deepEqual(await list(anna), ['choir b0', 'hall b1'])
  assert.deepEqual(await list(bert), [])
  await ask(server, anna, 'PUT', '/api/v1/you/follows/hall')
  const everything = await bodyOf(await ask(server, anna, 'GET', '/api/v1/you/export'))
  assert.deepEqual(
    [everything.follows, everything.watched].map((items) =>
      (items as { channel: string }[]).map(({ channel }) => channel),
    ),
    [['hall'], ['hall', 'choir']],
  )
  const first = await bodyOf(await ask(server, anna, 'GET', '/api/v1/you/history?limit=1'))
  const second = await bodyOf(await ask(server, anna, 'GET', `/api/v1/you/history?cursor=${first.nextCursor}`))
  assert.deepEqual([(second.items as unknown[]).length, second.nextCursor], [1, null])
  assert.equal((await ask(server, bert, 'DELETE', '/api/v1/you/history/b0')).status, 404)
  assert.equal((await ask(server, anna, 'DELETE', '/api/v1/you/history/b0')).status, 204)
  assert.deepEqual(await list(anna), ['hall b1'])
  assert.equal((await ask(server, anna, 'DELETE', '/api/v1/you/history')).status, 204)
  assert.deepEqual(await list(anna), [])
})

test('a player that plays, in a page of somebody who is signed in, is what they watched', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'choir' })
  server.live.facts.set('choir', LIVE)
  const anna = await server.signedIn('viewer')
  const address = `${server.url.replace('http', 'ws')}/api/v1/channels/choir/ws`
  for (const headers of [anna.bearer, {}]) {
    const socket = new WebSocket(address, { headers } as never)
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }))
    socket.send(JSON.stringify({ type: 'watching', player: 'player-12345', playing: true }))
    socket.send(JSON.stringify({ type: 'join' }))
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }))
    socket.close()
  }
  const { items } = (await bodyOf(await ask(server, anna, 'GET', '/api/v1/you/history'))) as {
    items: { id: string; seconds: number }[]
  }
  assert.deepEqual(
    items.map(({ id, seconds }) => [id, seconds]),
    [['broadcast-of-choir', 0]],
  )
})

test('a chat for followers alone opens to who follows, at once, and closes again', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'choir' })
  const anna = await server.signedIn('viewer')
  const bert = await server.signedIn('viewer')
  await server.members.set('choir', bert.person.id, 'moderator', true)
  const guest = await ChatPage.join(server.url, 'choir')
  const member = await ChatPage.join(server.url, 'choir', {}, anna.cookie)
  const moderator = await ChatPage.join(server.url, 'choir', {}, bert.cookie)
  const set = async (writers: string) => {
    const path = `${server.url}/api/v1/channels/choir/chat/room`
    const room = await bodyOf(await fetch(path, json('PATCH', { writers }, bert.bearer)))
    await member.page.next('room')
    return [room.writers, room.guests]
  }
  const said = async ({ page }: typeof member) => {
    const answer = await page.say('hello')
    return answer.type === 'refused' ? answer.reason : answer.type
  }
  assert.deepEqual(await set('members'), ['members', false])
  assert.deepEqual([await said(guest), await said(member), await said(moderator)], ['sign-in', 'said', 'said'])
  assert.deepEqual(await set('followers'), ['followers', false])
  assert.deepEqual([await said(guest), await said(member), await said(moderator)], ['sign-in', 'followers', 'said'])
  await ask(server, anna, 'PUT', '/api/v1/you/follows/choir')
  assert.equal((await member.page.next('you')).follows, true)
  assert.equal(await said(member), 'said')
  const again = await ChatPage.join(server.url, 'choir', {}, anna.cookie)
  assert.deepEqual([again.welcome.you.follows, again.welcome.room.writers], [true, 'followers'])
  await ask(server, anna, 'DELETE', '/api/v1/you/follows/choir')
  assert.equal((await member.page.next('you')).follows, false)
  assert.equal(await said(member), 'followers')
  assert.deepEqual(await set('everybody'), ['everybody', true])
  assert.equal(await said(guest), 'said')
  for (const { page } of [guest, member, moderator, again]) await page[Symbol.asyncDispose]()
})
