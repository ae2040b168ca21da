import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { ChatPage } from '../light/chat-page.ts'
import { bodyOf, CHAT, CHAT_LIMITS, harness, LIVE } from './http-harness.ts'

test('what one says, all in the room read, in the order of its numbers, and nobody elsewhere', async () => {
  await using server = await harness()
  for (const slug of ['main', 'other']) await server.channels.create({ slug })
  const { page: anna, welcome } = await ChatPage.join(server.url, 'main', { name: 'Anna' })
  await using _anna = anna
  assert.deepEqual([welcome.you.name, welcome.you.role, welcome.seq, welcome.messages], ['Anna', 'guest', 0, []])
  const { page: ben } = await ChatPage.join(server.url, 'main', { name: 'Ben' })
  await using _ben = ben
  const { page: away } = await ChatPage.join(server.url, 'other', { name: 'Ada' })
  await using _away = away
  const said = await Promise.all(['one', 'two', 'three', 'four'].map((text) => anna.say(text)))
  assert.deepEqual(
    said.map((answer) => answer.type === 'said' && answer.seq),
    [1, 2, 3, 4],
  )
  assert.deepEqual(await ben.texts(4), ['one', 'two', 'three', 'four'])
  assert.deepEqual(await anna.texts(4), ['one', 'two', 'three', 'four'])
  await away.say('here')
  assert.deepEqual(await away.texts(1), ['here'])
})

test('who joins is shown what was said last, who comes back what they missed', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const first = await ChatPage.join(server.url, 'main', { name: 'Anna' })
  await using anna = first.page
  for (const text of ['one', 'two', 'three']) await anna.say(text)
  await anna.texts(3)
  const { page: ben, welcome } = await ChatPage.join(server.url, 'main', { name: 'Ben', after: 1 })
  await using _ben = ben
  assert.deepEqual(
    [welcome.resumed, welcome.seq, welcome.messages.map(({ text }) => text)],
    [true, 3, ['two', 'three']],
  )
  const { page: new_, welcome: all } = await ChatPage.join(server.url, 'main', { name: 'Carl' })
  await using _new = new_
  assert.deepEqual([all.resumed, all.messages.map(({ seq }) => seq)], [false, [1, 2, 3]])
  assert.equal(all.messages[0]?.from.id, first.welcome.you.id)
})

test('a token keeps a guest the same person; without it the same name is somebody else’s', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const first = await ChatPage.join(server.url, 'main', { name: 'Anna' })
  await using anna = first.page
  const { you } = first.welcome
  const again = await ChatPage.join(server.url, 'main', { name: 'Anna', token: you.token })
  await using _tab = again.page
  assert.deepEqual([again.welcome.you.id, again.welcome.you.name], [you.id, 'Anna'])
  const other = await ChatPage.join(server.url, 'main', { name: 'ΑΝΝΑ', token: `${you.token.slice(0, -2)}xx` })
  await using _other = other.page
  assert.notEqual(other.welcome.you.id, you.id)
  assert.equal(other.welcome.you.name, 'ΑΝΝΑ 2')
  const nameless = await ChatPage.join(server.url, 'main')
  await using guest = nameless.page
  assert.match(nameless.welcome.you.name, /^Guest \d{4}$/)
  guest.tell({ type: 'rename', name: ' Anna ' })
  assert.equal((await guest.next('refused')).reason, 'name')
  guest.tell({ type: 'rename', name: 'Berta' })
  assert.equal((await guest.next('you')).name, 'Berta')
  await anna.say('hello')
})

test('nobody is called as who has a role, the site or the channel', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main', title: 'Main hall' })
  for (const name of ['Admin', 'm0derator', 'Linden Valley', 'MAIN HALL']) {
    const { page, welcome } = await ChatPage.join(server.url, 'main', { name })
    await using guest = page
    assert.match(welcome.you.name, /^Guest \d{4}$/)
    assert.equal((await guest.next('refused')).reason, 'name')
  }
})

test('who has the stream key is the host, and stays it by the token until the key is changed', async () => {
  await using server = await harness()
  const { key } = await server.channels.create({ slug: 'main', title: 'Main hall' })
  await server.channels.create({ slug: 'other' })
  const joined = await ChatPage.join(server.url, 'main', { token: key })
  await using _host = joined.page
  const { you } = joined.welcome
  assert.deepEqual([you.role, you.name, you.moderates], ['host', 'Main hall', false])
  assert.ok(!you.token.includes(key))
  const roleAt = async (slug: string, token: string, headers = {}) => {
    const { page, welcome } = await ChatPage.join(server.url, slug, token === '' ? {} : { token }, headers)
    await using _page = page
    return welcome.you.role
  }
  assert.equal(await roleAt('main', you.token), 'host')
  assert.equal(await roleAt('other', you.token), 'guest')
  assert.equal(await roleAt('other', key), 'guest')
  assert.equal(await roleAt('main', '', { authorization: `Bearer ${key}` }), 'host')
  await server.channels.rotateKey('main')
  assert.equal(await roleAt('main', you.token), 'guest')
})

test('what is too long, empty, too much or of no guest’s business is refused with the reason', async () => {
  await using server = await harness({
    chat: { limits: { ...CHAT_LIMITS, messagesPerMinute: 1, messageBurst: 2, firstMessages: 2 } },
  })
  await server.channels.create({ slug: 'main' })
  await using anna = (await ChatPage.join(server.url, 'main', { name: 'Anna' })).page
  const reason = async (text: string) => {
    const answer = await anna.say(text)
    return answer.type === 'said' ? 'said' : answer.reason
  }
  assert.deepEqual([await reason(' \u200b '), await reason('x'.repeat(501))], ['empty', 'too-long'])
  assert.deepEqual([await reason('one'), await reason('two')], ['said', 'said'])
  const third = await anna.say('three')
  assert.ok(third.type === 'refused' && third.reason === 'rate' && (third.retryAfterMs ?? 0) > 50_000)
})

test('where guests may not write, or there is no chat, they are told so and still see the state', async () => {
  for (const [settings, reason] of [
    [{ ...CHAT, guests: false }, 'sign-in'],
    [{ ...CHAT, enabled: false }, 'off'],
  ] as const) {
    await using server = await harness({ chat: { settings: () => settings } })
    await server.channels.create({ slug: 'main' })
    await using page = new ChatPage(server.url, 'main')
    const { channel } = await page.next('state')
    assert.equal(channel.chat, settings.enabled)
    page.tell({ type: 'join', name: 'Anna' })
    if (settings.enabled) await page.next('welcome')
    else assert.equal((await page.next('refused')).reason, 'off')
    const answer = await page.say('hello')
    assert.equal(answer.type === 'refused' && answer.reason, reason)
  }
})

test('what is not of the protocol ends the connection, and so does too much of what is', async () => {
  const limits = { ...CHAT_LIMITS, requestsPerSecond: 5 }
  await using server = await harness({ chat: { limits } })
  await server.channels.create({ slug: 'main' })
  const odd: readonly (string | Buffer)[] = [
    ...['', 'hello', '{}', '[]', 'null', '{"type":"admin"}', '{"type":"say","id":1,"text":"before joining"}'],
    ...['{"type":"join","role":"admin"}', '{"type":"say","id":-1,"text":"x"}', Buffer.from([1, 2, 3])],
  ]
  for (const message of odd) {
    await using page = new ChatPage(server.url, 'main')
    await page.next('state')
    page.socket.send(message)
    assert.equal(await page.closed, 1008, String(message))
  }
  await using flood = (await ChatPage.join(server.url, 'main', { name: 'Anna' })).page
  for (let i = 0; i < 20; i++) flood.tell({ type: 'react', kind: 'heart' })
  assert.equal(await flood.closed, 1008)
  await using pings = (await ChatPage.join(server.url, 'main', { name: 'Anna' })).page
  for (let i = 0; i < 20; i++) pings.socket.ping()
  assert.equal(await pings.closed, 1008)
  await using pongs = (await ChatPage.join(server.url, 'main', { name: 'Anna' })).page
  for (let i = 0; i < 20; i++) pongs.socket.pong()
  assert.equal(await pongs.closed, 1008)
  await using joins = (await ChatPage.join(server.url, 'main', { name: 'Anna' })).page
  for (let i = 0; i < 8; i++) joins.tell({ type: 'join', name: 'Anna' })
  assert.equal(await joins.closed, 1008, 'each join is answered with much')
})

test('an address that floods again and again is not let in for a while; others are', async () => {
  const limits = { ...CHAT_LIMITS, requestsPerSecond: 1 }
  await using server = await harness({ chat: { limits }, settings: { trustedProxies: ['127.0.0.1'] } })
  await server.channels.create({ slug: 'main' })
  const flood = async (address: string) => {
    const page = new ChatPage(server.url, 'main', { headers: { 'x-forwarded-for': address } })
    const refused = once(page.socket, 'unexpected-response').then(([, { statusCode }]) => statusCode)
    const code = await Promise.race([refused, page.next('state').then(() => 101)])
    if (code === 101) {
      for (let i = 0; i < 5; i++) page.socket.send('{"type":"react","kind":"heart"}')
      await page.closed
    }
    return code
  }
  for (let i = 0; i < 5; i++) assert.equal(await flood('203.0.113.1'), 101)
  assert.equal(await flood('203.0.113.1'), 429)
  assert.equal(await flood('203.0.113.2'), 101)
})

test('reactions are told together', async () => {
  await using server = await harness({ chat: { limits: { ...CHAT_LIMITS, requestsPerSecond: 1000 } } })
  await server.channels.create({ slug: 'main' })
  await using anna = (await ChatPage.join(server.url, 'main', { name: 'Anna' })).page
  await using ben = (await ChatPage.join(server.url, 'main', { name: 'Ben' })).page
  for (let i = 0; i < 150; i++) anna.tell({ type: 'react', kind: i % 3 === 0 ? 'heart' : 'star' })
  let [sum, batches] = [0, 0]
  while (sum < 150) {
    const { counts } = await ben.next('reactions')
    sum += (counts.heart ?? 0) + (counts.star ?? 0)
    batches++
  }
  assert.equal(sum, 150)
  assert.ok(batches < 75, `${batches} batches`)
})

test('players are counted by their heartbeat, and everybody is told', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  await using one = new ChatPage(server.url, 'main')
  await using two = new ChatPage(server.url, 'main')
  for (const page of [one, two]) await page.next('state')
  for (const page of [one, two]) page.tell({ type: 'watching', player: 'player-1', playing: true })
  assert.equal((await two.next('viewers')).count, 1)
  const { viewers } = await bodyOf(await fetch(`${server.url}/api/v1/channels/main`))
  assert.equal(viewers, 1)
  one.tell({ type: 'watching', player: 'player-1', playing: false })
  assert.equal((await two.next('viewers')).count, 0)
})

test('messages are kept with their broadcast, and numbers go on after the room was closed', async () => {
  await using server = await harness({ chat: { emptyMs: 0 } })
  const { channel } = await server.channels.create({ slug: 'main' })
  server.live.set('main', LIVE)
  {
    await using anna = (await ChatPage.join(server.url, 'main', { name: 'Anna' })).page
    for (const text of ['one', 'two']) await anna.say(text)
  }
  while ([...server.chat.all()].length > 0) await new Promise((resolve) => setImmediate(resolve))
  const kept = await server.store.chat.list(channel.id, 10, undefined, undefined)
  assert.deepEqual(
    kept.map(({ seq, text, broadcastId, name }) => [seq, text, broadcastId, name]),
    [
      [2, 'two', 'broadcast-of-main', 'Anna'],
      [1, 'one', 'broadcast-of-main', 'Anna'],
    ],
  )
  const { page, welcome } = await ChatPage.join(server.url, 'main', { name: 'Ben', after: 1 })
  await using ben = page
  assert.deepEqual([welcome.resumed, welcome.messages.map(({ text }) => text)], [true, ['two']])
  const said = await ben.say('three')
  assert.equal(said.type === 'said' && said.seq, 3)
})
