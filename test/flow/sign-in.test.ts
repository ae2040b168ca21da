import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { Accounts } from '../../src/accounts/accounts.ts'
import { noMail } from '../../src/accounts/people/mail.ts'
import { silentLog } from '../../src/base/log.ts'
import { Browser, PASSWORD } from './browser.ts'
import { bodyOf, type Harness, harness, json } from './http-harness.ts'

async function withAnna(server: Harness) {
  return server.accounts.people.create({
    ...{ email: 'Anna@Example.org', name: 'Anna', role: 'streamer', password: PASSWORD, emailVerified: true },
  })
}

async function actions(server: Harness): Promise<readonly string[]> {
  return (await server.audit.list(100)).items.map(({ action }) => action)
}

test('e-mail address and password sign in, and scripts and other sites get neither cookie', async () => {
  await using server = await harness()
  const anna = await withAnna(server)
  const browser = new Browser(server.url)
  const answer = await browser.signIn(' anna@example.ORG ')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const { expiresAt, ...session } = await bodyOf(answer)
  const person = { id: anna.id, name: 'Anna', email: 'Anna@Example.org', emailVerified: true, role: 'streamer' }
  assert.deepEqual(session, { role: 'streamer', person, renewable: false })
  assert.ok(Date.parse(String(expiresAt)) > Date.now())
  const [access = '', refresh = ''] = answer.headers.getSetCookie()
  for (const attribute of ['HttpOnly', 'SameSite=Strict']) {
    assert.ok(access.includes(attribute) && refresh.includes(attribute), attribute)
  }
  assert.match(access, /^streamhost_access=eyJ.*Path=\/;/)
  assert.match(refresh, /^streamhost_refresh=rt_.*Path=\/api\/v1\/session;/)
  assert.deepEqual(await browser.session(), { role: 'streamer', person, expiresAt, renewable: false })
  assert.deepEqual(await actions(server), ['session.begin'])
  const [entry] = (await server.audit.list(1)).items
  assert.deepEqual([entry?.actor, entry?.person], ['Anna', anna.id])
})

test('whatever is wrong, the answer is the same, and is told in the audit log without what was typed', async () => {
  await using server = await harness()
  const anna = await withAnna(server)
  const never = await server.accounts.people.create({ email: 'never@example.org', name: 'Never', role: 'viewer' })
  const gone = await server.accounts.people.create({
    ...{ email: 'gone@example.org', name: 'Gone', role: 'viewer', password: PASSWORD },
  })
  await server.accounts.people.change(gone.id, { disabled: true })
  const answers = []
  for (const [email, password] of [
    ['anna@example.org', 'wrong'],
    ['nobody@example.org', PASSWORD],
    ['never@example.org', PASSWORD],
    ['gone@example.org', PASSWORD],
    ['hunter2', PASSWORD],
  ] as const) {
    const answer = await new Browser(server.url).signIn(email, password)
    const { date: _, 'x-ratelimit-remaining': __, ...headers } = Object.fromEntries(answer.headers)
    answers.push(JSON.stringify([answer.status, headers, await answer.json()]))
  }
  assert.equal(new Set(answers).size, 1, answers.join('\n'))
  assert.match(answers[0] ?? '', /^\[401/)
  const { items } = await server.audit.list(10, undefined, { action: 'session.refuse' })
  assert.deepEqual(
    items.map(({ subject }) => subject),
    ['no such account', `Gone (${gone.id})`, `Never (${never.id})`, 'no such account', `Anna (${anna.id})`],
  )
})

test('attempts count by the address behind a trusted proxy; who makes one up is counted by their own', async () => {
  const attempt = async (server: Harness, address: string, n: number): Promise<number> => {
    const body = { email: `nobody${n}@example.org`, password: PASSWORD }
    const headers = { 'x-forwarded-for': address }
    return (await fetch(`${server.url}/api/v1/session`, json('POST', body, headers))).status
  }
  const statuses = async (server: Harness, addresses: readonly string[]) => {
    const found: number[] = []
    for (const [n, address] of addresses.entries()) found.push(await attempt(server, address, n))
    return found
  }
  const eleven = Array.from({ length: 11 }, (_, n) => n)
  const tenWrong = Array<number>(10).fill(401)
  await using behind = await harness({ settings: { trustedProxies: ['127.0.0.1'] } })
  assert.deepEqual(
    await statuses(
      behind,
      eleven.map(() => '203.0.113.1'),
    ),
    [...tenWrong, 429],
  )
  assert.equal(await attempt(behind, '203.0.113.2', 0), 401, 'others behind the proxy are not slowed')
  // Of a chain the last hop that isn't ours is believed, and what stands before it is what somebody wrote.
  assert.equal(await attempt(behind, '198.51.100.7, 203.0.113.1', 0), 429)
  await using open = await harness()
  assert.deepEqual(
    await statuses(
      open,
      eleven.map((n) => `203.0.113.${n}`),
    ),
    [...tenWrong, 429],
  )
})

test('a refresh token is good once, the next one follows, and access goes on', async () => {
  await using server = await harness()
  await withAnna(server)
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  const first = browser.cookies.get('streamhost_refresh')
  const answer = await browser.send('POST', '/api/v1/session/refresh')
  assert.equal(answer.status, 200)
  assert.notEqual(browser.cookies.get('streamhost_refresh'), first)
  assert.equal((await browser.session()).role, 'streamer')
})

test('two tabs that refresh at the same time stay signed in, whichever answer arrives last', async () => {
  await using server = await harness()
  await withAnna(server)
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  const tabs = [1, 2, 3].map(() => {
    const tab = new Browser(server.url)
    for (const [name, value] of browser.cookies) tab.cookies.set(name, value)
    return tab
  })
  const answers = await Promise.all(tabs.map((tab) => tab.send('POST', '/api/v1/session/refresh')))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  assert.equal(new Set(tabs.map(({ cookies }) => cookies.get('streamhost_refresh'))).size, 1)
})

test('a refresh token from long ago ends the session of who stole it and of whom it was stolen, and is told', async () => {
  await using server = await harness()
  await withAnna(server)
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  const stolen = browser.cookies.get('streamhost_refresh') ?? ''
  for (let n = 0; n < 2; n++) assert.equal((await browser.send('POST', '/api/v1/session/refresh')).status, 200)
  assert.equal((await browser.session()).role, 'streamer')
  const thief = new Browser(server.url)
  thief.cookies.set('streamhost_refresh', stolen)
  const answer = await thief.send('POST', '/api/v1/session/refresh')
  assert.equal(answer.status, 401)
  assert.equal(thief.cookies.size, 0)
  // At once, though the access token would have lived on.
  assert.deepEqual(await browser.session(), { role: 'public', person: null, expiresAt: null, renewable: true })
  assert.equal((await browser.send('POST', '/api/v1/session/refresh')).status, 401)
  assert.deepEqual((await actions(server)).slice(0, 1), ['session.reuse'])
})

test('a refresh token that somebody made up ends nobody’s session', async () => {
  await using server = await harness()
  await withAnna(server)
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  const [device = ''] = (browser.cookies.get('streamhost_refresh') ?? '').split('.')
  const forger = new Browser(server.url)
  forger.cookies.set('streamhost_refresh', `${device}.${'A'.repeat(43)}.${'B'.repeat(22)}`)
  assert.equal((await forger.send('POST', '/api/v1/session/refresh')).status, 401)
  await forger.send('DELETE', '/api/v1/session')
  assert.equal((await browser.session()).role, 'streamer')
})

test('an access token that is over is told from none, so that the page refreshes', async () => {
  await using server = await harness({ auth: { accessMinutes: 0 } })
  await withAnna(server)
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  const answer = await browser.send('POST', '/api/v1/session/access-token')
  assert.equal(answer.status, 401)
  assert.equal((await bodyOf(answer)).type, '/api/docs#problem-session-expired')
  assert.deepEqual(await browser.session(), { role: 'public', person: null, expiresAt: null, renewable: true })
  const nobody = await fetch(`${server.url}/api/v1/session/access-token`, { method: 'POST' })
  assert.equal((await bodyOf(nobody)).type, '/api/docs#problem-unauthorized')
})

test('who signs in continues nothing that was there before (session fixation)', async () => {
  await using server = await harness()
  await withAnna(server)
  await server.accounts.people.create({
    ...{ email: 'mallory@example.org', name: 'Mallory', role: 'viewer', password: PASSWORD },
  })
  const attacker = new Browser(server.url)
  await attacker.signIn('mallory@example.org')
  const planted = new Map(attacker.cookies)
  const victim = new Browser(server.url)
  for (const [name, value] of planted) victim.cookies.set(name, value)
  await victim.signIn('anna@example.org')
  for (const [name, value] of planted) assert.notEqual(victim.cookies.get(name), value)
  // The planted session was ended with it, and shows nothing of who signed in.
  assert.equal((await attacker.session()).role, 'public')
  assert.equal((await victim.session()).role, 'streamer')
})

test('signing out ends the device at once, also when its access token is over already', async () => {
  await using server = await harness()
  await withAnna(server)
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  const kept = new Map(browser.cookies)
  browser.cookies.delete('streamhost_access')
  assert.equal((await browser.send('DELETE', '/api/v1/session')).status, 204)
  const replayed = new Browser(server.url)
  for (const [name, value] of kept) replayed.cookies.set(name, value)
  assert.equal((await replayed.session()).role, 'public')
  assert.equal((await replayed.send('POST', '/api/v1/session/refresh')).status, 401)
})

test('pages of other sites can neither refresh, nor sign out, nor sign in, nor write', async () => {
  await using server = await harness()
  await withAnna(server)
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  const evil = { origin: 'https://evil.example' }
  const status = async (method: string, path: string, body?: unknown) =>
    (await browser.send(method, path, body, evil)).status
  assert.equal(await status('POST', '/api/v1/session/refresh'), 403)
  assert.equal(await status('DELETE', '/api/v1/session'), 403)
  assert.equal(await status('POST', '/api/v1/session', { email: 'anna@example.org', password: PASSWORD }), 403)
  assert.equal(await status('POST', '/api/v1/session/access-token'), 403)
  assert.equal(await status('POST', '/api/v1/sign-up', { email: 'x@example.org', name: 'X', password: PASSWORD }), 403)
  assert.equal((await browser.session()).role, 'streamer')
})

test('a program gets a token of its own, which others can check by the published keys', async () => {
  await using server = await harness()
  const anna = await withAnna(server)
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  const { accessToken } = await bodyOf(await browser.send('POST', '/api/v1/session/access-token'))
  const keys = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`))
  const { payload } = await jwtVerify(String(accessToken), keys, { issuer: 'streamhost', algorithms: ['ES256'] })
  assert.deepEqual([payload.sub, payload.role], [anna.id, 'streamer'])
  const bearer = { authorization: `Bearer ${accessToken}` }
  const session = await bodyOf(await fetch(`${server.url}/api/v1/session`, { headers: bearer }))
  assert.equal(session.role, 'streamer')
  await browser.send('DELETE', '/api/v1/session')
  assert.equal((await bodyOf(await fetch(`${server.url}/api/v1/session`, { headers: bearer }))).role, 'public')
})

test('what an admin changes is in force at once, wherever the person is signed in', async () => {
  await using server = await harness()
  const { person, bearer } = await server.signedIn('admin', 'Second')
  await server.signedIn('admin', 'First')
  const status = async () => (await fetch(`${server.url}/api/v1/people`, { headers: bearer })).status
  const patch = (body: object) => fetch(`${server.url}/api/v1/people/${person.id}`, json('PATCH', body, server.admin))
  assert.equal(await status(), 200)
  assert.equal((await patch({ role: 'viewer' })).status, 200)
  assert.equal(await status(), 401, 'the token says admin, and counts no more')
  await patch({ disabled: true })
  const browser = new Browser(server.url)
  assert.equal((await browser.send('POST', '/api/v1/session/refresh')).status, 401)
  assert.deepEqual((await actions(server)).slice(0, 2), ['person.change', 'person.change'])
})

test('one device is signed out, the others go on', async () => {
  await using server = await harness()
  await withAnna(server)
  const [one, other] = [new Browser(server.url), new Browser(server.url)]
  await one.send(
    'POST',
    '/api/v1/session',
    { email: 'anna@example.org', password: PASSWORD },
    {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    },
  )
  await other.signIn('anna@example.org')
  const { items } = await bodyOf(await fetch(`${server.url}/api/v1/people?query=anna`, { headers: server.admin }))
  const [anna] = items as { id: string }[]
  const devices = `${server.url}/api/v1/people/${anna?.id}/devices`
  const list = async () =>
    (await bodyOf(await fetch(devices, { headers: server.admin }))).items as { id: string; agent: string }[]
  const firefox = (await list()).find(({ agent }) => agent === 'Firefox on Linux') ?? assert.fail()
  assert.equal((await fetch(`${devices}/${firefox.id}`, { method: 'DELETE', headers: server.admin })).status, 204)
  assert.equal((await fetch(`${devices}/${firefox.id}`, { method: 'DELETE', headers: server.admin })).status, 404)
  assert.equal((await one.session()).role, 'public')
  assert.equal((await other.session()).role, 'streamer')
  assert.equal((await list()).length, 1)
})

test('admins see where everybody is signed in, page by page, last used first', async () => {
  await using server = await harness()
  const { bearer } = await server.signedIn('admin', 'Ines')
  await server.signedIn('viewer', 'Rosa')
  const { person: hal, grant } = await server.signedIn('streamer', 'Hal')
  type Listed = { id: string; current: boolean; person: { id: string; name: string; role: string } }
  const page = async (query: string) => {
    const answer = await fetch(`${server.url}/api/v1/devices${query}`, { headers: bearer })
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    return (await bodyOf(answer)) as { items: Listed[]; nextCursor: string | null }
  }
  const names = ({ items }: { items: Listed[] }) => items.map(({ person }) => person.name).toSorted()
  const all = await page('')
  assert.deepEqual(names(all), ['Hal', 'Ines', 'Rosa'])
  assert.deepEqual(
    all.items.filter(({ current }) => current).map(({ person }) => person.name),
    ['Ines'],
  )
  const first = await page('?limit=2')
  const second = await page(`?limit=2&cursor=${first.nextCursor}`)
  assert.deepEqual([...first.items, ...second.items], all.items)
  assert.equal(second.nextCursor, null)
  assert.equal((await fetch(`${server.url}/api/v1/devices?cursor=x`, { headers: bearer })).status, 400)
  await server.accounts.devices.end(hal.id, grant.deviceId)
  assert.deepEqual(names(await page('')), ['Ines', 'Rosa'])
})

test('the last admin stays one', async () => {
  await using server = await harness()
  const { person } = await server.signedIn('admin')
  for (const body of [{ role: 'viewer' }, { disabled: true }]) {
    const answer = await fetch(`${server.url}/api/v1/people/${person.id}`, json('PATCH', body, server.admin))
    assert.equal(answer.status, 409)
  }
})

test('the link of the first run makes one admin, once, and is over when there is anybody', async () => {
  await using server = await harness()
  const first = (await server.accounts.firstAdminLink()) ?? assert.fail()
  const { path } = (await server.accounts.firstAdminLink()) ?? assert.fail()
  const secretOf = (text: string): string => text.split('#t=')[1] ?? assert.fail()
  const look = (token: string) => fetch(`${server.url}/api/v1/one-time-links/look`, json('POST', { token }))
  assert.equal((await look(secretOf(first.path))).status, 404, 'a new one takes the place of the old')
  const { purpose, role } = await bodyOf(await look(secretOf(path)))
  assert.deepEqual([purpose, role], ['first-admin', 'admin'])
  const owner = new Browser(server.url)
  const body = { email: 'me@example.org', name: 'Me', password: PASSWORD, invitation: secretOf(path) }
  assert.equal((await owner.send('POST', '/api/v1/sign-up', { ...body, password: 'password123' })).status, 400)
  assert.equal((await owner.send('POST', '/api/v1/sign-up', body)).status, 201)
  assert.equal((await owner.session()).role, 'admin')
  const again = await new Browser(server.url).send('POST', '/api/v1/sign-up', { ...body, email: 'you@example.org' })
  assert.equal(again.status, 404)
  assert.equal(await server.accounts.firstAdminLink(), undefined)
})

test('of two who use the same link at the same moment one makes an account', async () => {
  await using server = await harness()
  const { path } = (await server.accounts.firstAdminLink()) ?? assert.fail()
  const invitation = path.split('#t=')[1]
  const statuses = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      const body = { email: `${name}@example.org`, name, password: PASSWORD, invitation }
      return (await new Browser(server.url).send('POST', '/api/v1/sign-up', body)).status
    }),
  )
  assert.equal(statuses.filter((status) => status === 201).length, 1, `${statuses}`)
  assert.equal(await server.accounts.people.count(), 1)
})

test('without an invitation nobody makes an account', async () => {
  await using server = await harness()
  const body = { email: 'x@example.org', name: 'X', password: PASSWORD }
  assert.equal((await fetch(`${server.url}/api/v1/sign-up`, json('POST', body))).status, 403)
  assert.equal((await fetch(`${server.url}/api/v1/sign-up`, json('POST', { ...body, invitation: 'x' }))).status, 404)
})

test('after a restart who was signed out stays so, and who was not goes on', async () => {
  await using server = await harness()
  const [out, on] = [await server.signedIn('viewer'), await server.signedIn('viewer')]
  await server.accounts.devices.endAll(out.person.id)
  const restarted = new Accounts({
    ...{ store: server.store, keySecret: new Uint8Array(32).fill(9), secretKey: undefined, log: silentLog },
    ...{ channels: server.channels, audit: server.audit, mailer: noMail, records: () => [] },
    settings: server.accounts.settings,
  })
  await restarted.start()
  assert.equal((await restarted.access.verify(out.grant.access.token)).is, 'over')
  assert.equal((await restarted.access.verify(on.grant.access.token)).is, 'good')
  await restarted.stop()
})

test('secrets are nowhere in the database as they are', async () => {
  await using server = await harness()
  await withAnna(server)
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  const { path } = await server.accounts.links.make({ purpose: 'invitation', role: 'viewer' })
  const files = (await readdir(server.directory)).filter((name) => name.startsWith('streamhost.db'))
  const bytes = Buffer.concat(await Promise.all(files.map((name) => readFile(join(server.directory, name)))))
  const [, secret = ''] = (browser.cookies.get('streamhost_refresh') ?? '').split('.')
  for (const word of [PASSWORD, secret, path.split('#t=')[1] ?? '', '"kty"']) {
    assert.ok(word.length > 3 && !bytes.includes(word), word)
  }
})
