import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatPage } from '../light/chat-page.ts'
import { Browser, PASSWORD } from './browser.ts'
import { bodyOf, type Harness, harness, json } from './http-harness.ts'

async function anna(server: Harness) {
  const person = await server.accounts.people.create({
    ...{ email: 'anna@example.org', name: 'Anna', role: 'streamer', password: PASSWORD, emailVerified: true },
  })
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  return { person, browser }
}

async function tokenOf(browser: Browser, scopes: readonly string[], days: number | null = 30): Promise<string> {
  const answer = await browser.send('POST', '/api/v1/you/tokens', { label: 'A script', scopes, days })
  assert.equal(answer.status, 201)
  return String((await bodyOf(answer)).token)
}

test('somebody changes their name, and is called so everywhere from then on', async () => {
  await using server = await harness()
  const { browser } = await anna(server)
  const elsewhere = new Browser(server.url)
  await elsewhere.signIn('anna@example.org')
  const answer = await browser.send('PATCH', '/api/v1/you', { name: '  Anna\u200b  Weber ', locale: 'de' })
  const { name, locale } = await bodyOf(answer)
  assert.deepEqual([name, locale], ['Anna Weber', 'de'])
  assert.equal((await bodyOf(await browser.send('GET', '/api/v1/you'))).name, 'Anna Weber')
  // What access tokens elsewhere say is no longer so.
  assert.equal((await elsewhere.send('GET', '/api/v1/you')).status, 401)
  await elsewhere.send('POST', '/api/v1/session/refresh')
  assert.equal((await bodyOf(await elsewhere.send('GET', '/api/v1/you'))).name, 'Anna Weber')
})

test('a password is changed by who knows the old one, and signs out everywhere else', async () => {
  await using server = await harness()
  const { browser } = await anna(server)
  const other = new Browser(server.url)
  await other.signIn('anna@example.org')
  const change = (current: string, password: string) =>
    browser.send('PUT', '/api/v1/you/password', { current, password })
  assert.equal((await change('wrong', 'quite another password')).status, 403)
  assert.equal((await change(PASSWORD, 'Anna')).status, 400)
  assert.equal((await change(PASSWORD, 'quite another password')).status, 204)
  assert.equal((await browser.send('GET', '/api/v1/you')).status, 200)
  assert.equal((await other.send('POST', '/api/v1/session/refresh')).status, 401)
  assert.equal((await browser.send('POST', '/api/v1/session/refresh')).status, 200)
})

test('who sits at an open page can’t try passwords for ever', async () => {
  await using server = await harness()
  const { browser } = await anna(server)
  const statuses: number[] = []
  for (let n = 0; n < 8; n++) {
    statuses.push(
      (await browser.send('PUT', '/api/v1/you/password', { current: `w${n}`, password: 'x'.repeat(12) })).status,
    )
  }
  assert.equal(statuses.at(-1), 429)
})

test('devices are listed with the one that asks, and signed out one by one', async () => {
  await using server = await harness()
  const { browser } = await anna(server)
  const phone = new Browser(server.url)
  await phone.signIn('anna@example.org')
  const list = async () =>
    (await bodyOf(await browser.send('GET', '/api/v1/you/devices'))).items as { id: string; current: boolean }[]
  assert.deepEqual((await list()).map(({ current }) => current).toSorted(), [false, true])
  const theirs = (await list()).find(({ current }) => !current) ?? assert.fail()
  assert.equal((await browser.send('DELETE', `/api/v1/you/devices/${theirs.id}`)).status, 204)
  assert.equal((await phone.session()).role, 'public')
  const stranger = await server.signedIn('viewer')
  const mine = (await list())[0]?.id
  const steal = await fetch(`${server.url}/api/v1/you/devices/${mine}`, { method: 'DELETE', headers: stranger.bearer })
  assert.equal(steal.status, 404, 'others’ devices are not there')
})

test('an API token does what its scopes name, and never more than its person', async () => {
  await using server = await harness()
  const { browser } = await anna(server)
  const status = async (token: string, method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}` }
    const init = body === undefined ? { method, headers } : json(method, body, headers)
    return (await fetch(server.url + path, init)).status
  }
  const [read, channels, all] = [
    await tokenOf(browser, ['read']),
    await tokenOf(browser, ['channels']),
    await tokenOf(browser, ['read', 'channels', 'chat', 'admin']),
  ]
  assert.match(read, /^st_[\w-]{43}$/)
  assert.equal(await status(read, 'GET', '/api/v1/you/channels'), 200)
  assert.equal(await status(read, 'POST', '/api/v1/channels', { slug: 'a' }), 403)
  assert.equal(await status(channels, 'POST', '/api/v1/channels', { slug: 'a' }), 201)
  assert.equal(await status(channels, 'GET', '/api/v1/you'), 403)
  assert.equal(await status(channels, 'PATCH', '/api/v1/channels/a/chat/room', {}), 403)
  assert.equal(await status(all, 'PATCH', '/api/v1/channels/a/chat/room', {}), 200)
  assert.equal(await status(all, 'GET', '/api/v1/people'), 403, 'she is no admin')
  // What is between the person and the page they sit at.
  for (const [method, path, body] of [
    ['POST', '/api/v1/you/tokens', { label: 'more', scopes: ['read'], days: null }],
    ['PATCH', '/api/v1/you', { name: 'X' }],
    ['DELETE', '/api/v1/you', { password: PASSWORD }],
    ['PUT', '/api/v1/you/password', { current: PASSWORD, password: 'quite another password' }],
    ['POST', '/api/v1/session/access-token', undefined],
  ] as const) {
    assert.equal(await status(all, method, path, body), 403, `${method} ${path}`)
  }
  assert.equal(await status(all, 'GET', '/api/v1/you/export'), 403)
  assert.equal(await status('st_'.padEnd(46, 'x'), 'GET', '/api/v1/you'), 401)
})

test('an admin’s token without the scope is no admin’s', async () => {
  await using server = await harness()
  const { person } = await server.signedIn('admin', 'Root')
  const make = async (scopes: ('read' | 'admin')[]) =>
    (await server.accounts.tokens.make(person.id, { label: 'x', scopes, days: null })).token
  const get = async (path: string, token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': '203.0.113.9' }
    return (await fetch(server.url + path, { headers })).status
  }
  const [read, admin] = [await make(['read']), await make(['admin'])]
  for (const path of ['/api/v1/people', '/metrics', '/api/v1/audit']) {
    assert.deepEqual([(await get(path, read)) >= 400, await get(path, admin)], [true, 200], path)
  }
})

test('a token that was removed, is over, or whose person was disabled opens nothing, at once', async () => {
  await using server = await harness()
  const { browser, person } = await anna(server)
  await server.signedIn('admin')
  const [one, other] = [await tokenOf(browser, ['read']), await tokenOf(browser, ['read'], null)]
  const status = async (token: string) =>
    (await fetch(`${server.url}/api/v1/you`, { headers: { authorization: `Bearer ${token}` } })).status
  assert.deepEqual([await status(one), await status(other)], [200, 200])
  const { items } = await bodyOf(await browser.send('GET', '/api/v1/you/tokens'))
  const list = items as { id: string; lastUsedAt: string | null; expiresAt: string | null }[]
  assert.ok(list.every((token) => token.lastUsedAt !== null && !('token' in token)))
  const ending = list.find(({ expiresAt }) => expiresAt !== null) ?? assert.fail()
  assert.equal((await browser.send('DELETE', `/api/v1/you/tokens/${ending.id}`)).status, 204)
  assert.deepEqual([await status(one), await status(other)], [401, 200])
  await server.accounts.people.change(person.id, { disabled: true })
  assert.equal(await status(other), 401)
})

test('somebody takes all that is kept of them along, and no secret', async () => {
  await using server = await harness()
  const { browser, person } = await anna(server)
  await browser.send('POST', '/api/v1/channels', { slug: 'main' })
  const token = await tokenOf(browser, ['read'])
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const { page } = await ChatPage.join(server.url, 'main', {}, { cookie, origin: server.url })
  for (const text of ['first', 'second']) await page.say(text)
  const answer = await browser.send('GET', '/api/v1/you/export')
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment/)
  const text = await answer.text()
  const all = JSON.parse(text) as Record<string, unknown>
  assert.equal((all.account as { email: string }).email, 'anna@example.org')
  assert.deepEqual(all.channels, [{ channel: 'main', role: 'owner' }])
  assert.deepEqual(
    (all.chat as { channel: string; text: string }[]).map(({ channel, text }) => [channel, text]),
    [
      ['main', 'second'],
      ['main', 'first'],
    ],
  )
  assert.ok((all.audit as { action: string }[]).some(({ action }) => action === 'channel.create'))
  for (const secret of [token, PASSWORD, '$argon2id', ...browser.cookies.values()]) assert.ok(!text.includes(secret))
  assert.ok((await server.accounts.people.get(person.id)).passwordHash?.startsWith('$argon2id'))
  await page[Symbol.asyncDispose]()
})

test('who leaves is gone: account, sessions, tokens, what they wrote, and their name in the log', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const { browser, person } = await anna(server)
  const token = await tokenOf(browser, ['read'])
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const { page } = await ChatPage.join(server.url, 'main', {}, { cookie, origin: server.url })
  const said = await page.say('mine')
  const watcher = await ChatPage.join(server.url, 'main')
  assert.equal((await browser.send('DELETE', '/api/v1/you', { password: 'wrong' })).status, 403)
  assert.equal((await browser.send('DELETE', '/api/v1/you', { password: PASSWORD })).status, 204)
  const removed = await watcher.page.next('removed')
  assert.ok(said.type === 'said' && removed.seqs.includes(said.seq), 'out of everybody’s sight')
  assert.equal(await page.closed, 1001)
  assert.equal((await browser.signIn('anna@example.org')).status, 401)
  const asked = await fetch(`${server.url}/api/v1/you`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(asked.status, 401)
  const { items } = await server.audit.list(100)
  assert.ok(items.every(({ person: id, actor }) => id !== person.id && actor !== 'Anna'))
  const { items: kept } = await bodyOf(
    await fetch(`${server.url}/api/v1/channels/main/chat/messages`, { headers: server.admin }),
  )
  assert.deepEqual(kept, [])
  await watcher.page[Symbol.asyncDispose]()
})

test('the last admin can’t leave', async () => {
  await using server = await harness()
  await server.accounts.people.create({ email: 'root@example.org', name: 'Root', role: 'admin', password: PASSWORD })
  const browser = new Browser(server.url)
  await browser.signIn('root@example.org')
  assert.equal((await browser.send('DELETE', '/api/v1/you', { password: PASSWORD })).status, 409)
  assert.equal((await browser.session()).role, 'admin')
})
