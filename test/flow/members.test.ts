import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatPage } from '../light/chat-page.ts'
import { bodyOf, type Harness, harness, json, type SignedInPerson } from './http-harness.ts'

async function members(server: Harness, by: SignedInPerson, slug = 'main') {
  const answer = await fetch(`${server.url}/api/v1/channels/${slug}/members`, { headers: by.bearer })
  assert.equal(answer.status, 200)
  const { items } = (await answer.json()) as { items: { person: { name: string }; role: string }[] }
  return items.map(({ person, role }) => `${person.name}: ${role}`)
}

function put(server: Harness, by: SignedInPerson, who: SignedInPerson, role: string): Promise<Response> {
  const path = `/api/v1/channels/main/members/${who.person.id}`
  return fetch(server.url + path, json('PUT', { role }, by.bearer))
}

function remove(server: Harness, by: SignedInPerson, who: SignedInPerson): Promise<Response> {
  const path = `/api/v1/channels/main/members/${who.person.id}`
  return fetch(server.url + path, { method: 'DELETE', headers: by.bearer })
}

test('a streamer makes a channel, owns it, and shares it; others see nothing of that', async () => {
  await using server = await harness()
  const anna = await server.signedIn('streamer', 'Anna')
  const bert = await server.signedIn('viewer', 'Bert')
  const cora = await server.signedIn('streamer', 'Cora')
  const made = await fetch(`${server.url}/api/v1/channels`, json('POST', { slug: 'main' }, anna.bearer))
  assert.equal(made.status, 201)
  assert.deepEqual(await members(server, anna), ['Anna: owner'])
  assert.equal((await put(server, cora, cora, 'owner')).status, 403)
  assert.equal((await put(server, anna, bert, 'moderator')).status, 204)
  assert.equal((await put(server, anna, cora, 'streamer')).status, 204)
  assert.deepEqual(await members(server, anna), ['Anna: owner', 'Cora: streamer', 'Bert: moderator'])
  const mine = await fetch(`${server.url}/api/v1/you/channels`, { headers: bert.bearer })
  const { items } = (await mine.json()) as { items: { channel: { slug: string }; role: string }[] }
  assert.deepEqual(
    items.map(({ channel, role }) => [channel.slug, role]),
    [['main', 'moderator']],
  )
  assert.equal((await fetch(`${server.url}/api/v1/channels/main/members`, { headers: bert.bearer })).status, 403)
  const { items: log } = await server.audit.list(10, undefined, { action: 'channel.member' })
  assert.deepEqual(
    log.map(({ actor, subject }) => [actor, subject]),
    [
      ['Anna', `Cora (${cora.person.id}): streamer`],
      ['Anna', `Bert (${bert.person.id}): moderator`],
    ],
  )
})

test('the last owner stays, unless an admin says otherwise', async () => {
  await using server = await harness()
  const anna = await server.signedIn('streamer', 'Anna')
  const bert = await server.signedIn('viewer', 'Bert')
  const admin = await server.signedIn('admin')
  await fetch(`${server.url}/api/v1/channels`, json('POST', { slug: 'main' }, anna.bearer))
  assert.equal((await remove(server, anna, anna)).status, 409)
  assert.equal((await put(server, anna, anna, 'moderator')).status, 409)
  assert.equal((await put(server, anna, bert, 'owner')).status, 204)
  assert.equal((await remove(server, anna, anna)).status, 204)
  assert.equal((await remove(server, anna, bert)).status, 403, 'it is hers no longer')
  assert.equal((await remove(server, admin, bert)).status, 204)
  assert.equal((await remove(server, admin, bert)).status, 404)
})

test('a channel of somebody else is closed to streamers, whatever they own', async () => {
  await using server = await harness()
  const [anna, bert] = [await server.signedIn('streamer', 'Anna'), await server.signedIn('streamer', 'Bert')]
  for (const [slug, who] of [
    ['main', anna],
    ['other', bert],
  ] as const) {
    await fetch(`${server.url}/api/v1/channels`, json('POST', { slug }, who.bearer))
  }
  const status = async (method: string, path: string) =>
    (await fetch(`${server.url}/api/v1/channels/${path}`, json(method, {}, bert.bearer))).status
  assert.equal(await status('PATCH', 'main'), 403)
  assert.equal(await status('DELETE', 'main'), 403)
  assert.equal(await status('POST', 'main/key'), 403)
  assert.equal(await status('PATCH', 'other'), 200)
  assert.equal((await fetch(`${server.url}/api/v1/channels/main/ingest`, { headers: bert.bearer })).status, 403)
  assert.equal((await fetch(`${server.url}/api/v1/channels/main/ingest`, { headers: anna.bearer })).status, 200)
})

test('somebody who is no admin owns twenty channels at most', async () => {
  await using server = await harness()
  const anna = await server.signedIn('streamer', 'Anna')
  const make = (n: number) => fetch(`${server.url}/api/v1/channels`, json('POST', { slug: `c${n}` }, anna.bearer))
  for (let n = 0; n < 20; n++) assert.equal((await make(n)).status, 201)
  assert.equal((await make(20)).status, 429)
})

test('in the chat somebody with an account is who they are, the same on every device', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const anna = await server.signedIn('viewer', 'Anna')
  const bert = await server.signedIn('viewer', 'Bert')
  await server.members.set('main', bert.person.id, 'moderator', true)
  const owner = await server.signedIn('viewer', 'Cora')
  await server.members.set('main', owner.person.id, 'owner', true)
  const join = async (who: SignedInPerson, name?: string) => {
    const joined = await ChatPage.join(server.url, 'main', name === undefined ? {} : { name }, who.cookie)
    const { id, name: called, role, moderates } = joined.welcome.you
    return { page: joined.page, you: [called, role, moderates], id }
  }
  const one = await join(anna, 'Somebody Else')
  const other = await join(anna)
  assert.deepEqual([one.you, other.you], Array(2).fill(['Anna', 'member', false]))
  assert.equal(one.id, other.id)
  const [mod, host, admin] = [await join(bert), await join(owner), await join(await server.signedIn('admin', 'Dora'))]
  assert.deepEqual(mod.you, ['Bert', 'moderator', true])
  assert.deepEqual(host.you, ['Cora', 'host', true])
  assert.deepEqual(admin.you, ['Dora', 'admin', true])
  for (const { page } of [one, other, mod, host, admin]) await page[Symbol.asyncDispose]()
})

test('a channel’s moderator bans somebody’s account, wherever they come from, and nobody in another channel', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  await server.channels.create({ slug: 'other' })
  const [anna, mod] = [await server.signedIn('viewer', 'Anna'), await server.signedIn('viewer', 'Mod')]
  await server.members.set('main', mod.person.id, 'moderator', true)
  const first = await ChatPage.join(server.url, 'main', {}, anna.cookie)
  await first.page.say('hello')
  const ban = (slug: string) =>
    fetch(
      `${server.url}/api/v1/channels/${slug}/chat/restrictions`,
      json('POST', { person: first.welcome.you.id, kind: 'ban' }, mod.bearer),
    )
  assert.equal((await ban('other')).status, 403)
  assert.equal((await ban('main')).status, 201)
  const again = await ChatPage.join(server.url, 'main', {}, { ...anna.cookie, 'x-forwarded-for': '203.0.113.77' })
  assert.equal(again.welcome.you.banned, true)
  const { items } = await server.audit.list(1)
  assert.deepEqual([items[0]?.actor, items[0]?.person], ['Mod', mod.person.id])
  for (const { page } of [first, again]) await page[Symbol.asyncDispose]()
})

test('whose role changes, or who is signed out, is asked anew at once on every open page', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const anna = await server.signedIn('viewer', 'Anna')
  const { page } = await ChatPage.join(server.url, 'main', {}, anna.cookie)
  const stranger = await ChatPage.join(server.url, 'main', {})
  await server.members.set('main', anna.person.id, 'moderator', true)
  assert.equal(await page.closed, 1001)
  const back = await ChatPage.join(server.url, 'main', {}, anna.cookie)
  assert.equal(back.welcome.you.role, 'moderator')
  await server.accounts.devices.endAll(anna.person.id)
  assert.equal(await back.page.closed, 1001)
  const out = await ChatPage.join(server.url, 'main', {}, anna.cookie)
  assert.equal(out.welcome.you.role, 'guest')
  assert.equal((await stranger.page.say('still here')).type, 'said')
  for (const each of [out.page, stranger.page]) await each[Symbol.asyncDispose]()
})

test('a name that looks like somebody else’s, or hides something, is none', async () => {
  await using server = await harness()
  const make = async (name: string) => {
    const body = { email: `${Math.random()}@example.org`, name }
    return fetch(`${server.url}/api/v1/people`, json('POST', body, server.admin))
  }
  for (const name of ['аnna', '\u202eanna\u2066 \u200b', '…', 'x'.repeat(41)]) {
    const answer = await make(name)
    const called = answer.status === 201 ? (await bodyOf(answer)).name : undefined
    assert.ok(called === undefined || called === 'anna', `${name}: ${called}`)
  }
  assert.equal((await bodyOf(await make('  Anna\tWeber '))).name, 'Anna Weber')
})

test('an owner finds by name whom they meet already, and nobody learns who else has an account', async () => {
  await using server = await harness()
  const anna = await server.signedIn('streamer', 'Anna')
  const bert = await server.signedIn('viewer', 'Bert Writer')
  const cora = await server.signedIn('viewer', 'Cora Writer')
  await server.signedIn('viewer', 'Dora Writer')
  for (const slug of ['main', 'other', 'foreign']) await server.channels.create({ slug })
  for (const slug of ['main', 'other']) await server.members.set(slug, anna.person.id, 'owner', true)
  await server.members.set('foreign', anna.person.id, 'moderator', true)
  await server.members.set('foreign', cora.person.id, 'moderator', true)
  const found = async (query: string, slug = 'main') => {
    const path = `${server.url}/api/v1/channels/${slug}/known-people?query=${query}`
    const answer = await fetch(path, { headers: anna.bearer })
    assert.equal(answer.status, 200)
    return ((await bodyOf(answer)).items as { name: string }[]).map(({ name }) => name)
  }
  assert.deepEqual(await found('writer'), [])
  const { page } = await ChatPage.join(server.url, 'main', {}, bert.cookie)
  await page.say('hello')
  // What is said is written a little later, unless somebody asks for what they wrote.
  assert.equal((await server.chat.writtenBy(bert.person.id).next()).value?.length, 1)
  assert.deepEqual(await found('WRITER'), ['Bert Writer'])
  assert.deepEqual(await found('writer', 'other'), [])
  assert.deepEqual(await found('%25%25'), [])
  await server.members.set('other', cora.person.id, 'streamer', true)
  assert.deepEqual(await found('writer'), ['Bert Writer', 'Cora Writer'])
  await server.members.set('main', bert.person.id, 'moderator', true)
  await server.accounts.people.change(cora.person.id, { disabled: true })
  assert.deepEqual(await found('writer'), [])
  assert.equal(
    (await fetch(`${server.url}/api/v1/channels/main/known-people?query=w`, { headers: anna.bearer })).status,
    400,
  )
  await page[Symbol.asyncDispose]()
})
