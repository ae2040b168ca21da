import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHttpServer } from '../../src/http/http-server.ts'
import { SESSION_COOKIE } from '../../src/http/identity.ts'
import { bodyOf, harness, json, METRICS_TOKEN, SETTINGS } from './http-harness.ts'
import { upgradeStatus } from './upgrade-status.ts'

/** As through a proxy of this machine: not loopback. */
const ELSEWHERE = { 'x-forwarded-for': '203.0.113.9' }

test('the stream key of a channel opens its own figures and nothing else', async () => {
  await using server = await harness()
  const { key } = await server.channels.create({ slug: 'main' })
  const { key: other } = await server.channels.create({ slug: 'other' })
  const status = async (path: string, token: string, method = 'GET') =>
    (await fetch(server.url + path, { method, headers: { ...ELSEWHERE, authorization: `Bearer ${token}` } })).status
  assert.equal(await status('/api/v1/channels/main/ingest', key), 200)
  assert.equal(await status('/api/v1/channels/main/ingest', other), 401)
  assert.equal(await status('/api/v1/channels/none/ingest', key), 401)
  assert.equal(await status('/api/v1/channels/main/ingest', server.adminToken), 200)
  assert.equal(await status('/api/v1/channels/none/ingest', server.adminToken), 404)
  for (const path of ['/api/v1/status', '/metrics']) assert.equal(await status(path, key), 401)
  assert.equal(await status('/api/v1/channels/main', key, 'DELETE'), 401)
  await server.channels.rotateKey('main', undefined)
  assert.equal(await status('/api/v1/channels/main/ingest', key), 401)
})

test('who tries wrong stream keys is not listened to for a while, right ones or not', async () => {
  await using server = await harness()
  const { key } = await server.channels.create({ slug: 'main' })
  const status = async (token: string) =>
    (await fetch(`${server.url}/api/v1/channels/main/ingest`, { headers: { authorization: `Bearer ${token}` } })).status
  for (let n = 0; n < 30; n++) assert.equal(await status(`sk_wrong_${n}`), 401)
  assert.equal(await status(key), 429)
  assert.equal(await status(server.adminToken), 200)
})

test('a route that does not say who may use it fails the start', async () => {
  await assert.rejects(
    harness({ services: { extend: (app) => void app.get('/open', async () => 'oops') } }),
    /GET \/open doesn't declare who may use it/,
  )
})

test('signed in nobody, a write is answered with 401 and how to authenticate', async () => {
  await using server = await harness()
  const answer = await fetch(`${server.url}/api/v1/channels`, json('POST', { slug: 'a' }))
  assert.equal(answer.status, 401)
  assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal((await bodyOf(answer)).type, '/api/docs#problem-unauthorized')
})

test('the admin token signs in, and the cookie can be neither read nor sent by other sites', async () => {
  await using server = await harness()
  const signIn = await fetch(`${server.url}/api/v1/session`, json('POST', { token: server.adminToken }))
  assert.equal(signIn.status, 200)
  assert.deepEqual(await signIn.json(), { role: 'admin', person: null, expiresAt: null, renewable: false })
  const set = signIn.headers.get('set-cookie') ?? ''
  for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(set.includes(attribute), attribute)
  assert.ok(!set.includes('Secure'), 'plain HTTP has no secure cookies')
  assert.ok(!set.includes(server.adminToken))
  const cookie = set.split(';', 1)[0] ?? ''
  const role = async () => (await bodyOf(await fetch(`${server.url}/api/v1/session`, { headers: { cookie } }))).role
  assert.equal(await role(), 'admin')
  const signOut = await fetch(`${server.url}/api/v1/session`, {
    method: 'DELETE',
    headers: { cookie, origin: server.url },
  })
  assert.equal(signOut.status, 204)
  assert.equal(await role(), 'public')
})

test('where people come by HTTPS the cookie is secure, and beside it plain HTTP still works', async () => {
  await using server = await harness({ settings: { publicUrl: 'https://live.example.org' } })
  const cookieAt = async (host: string) => {
    const payload = { token: server.adminToken }
    const answer = await server.http.inject({ method: 'POST', url: '/api/v1/session', payload, headers: { host } })
    return String(answer.headers['set-cookie'])
  }
  assert.match(await cookieAt('live.example.org'), /; Secure/)
  assert.doesNotMatch(await cookieAt('192.168.1.5:8080'), /; Secure/)
})

test('writes have a limit per address and minute', async () => {
  await using server = await harness({ settings: { http: { ...SETTINGS.http, apiRequestsPerMinute: 2 } } })
  const write = () => fetch(`${server.url}/api/v1/channels/none/end`, { method: 'POST', headers: server.admin })
  assert.deepEqual([(await write()).status, (await write()).status, (await write()).status], [404, 404, 429])
  assert.equal((await fetch(`${server.url}/api/v1/channels`, { headers: server.admin })).status, 200)
})

test('writes have a limit per account and per API token too, from however many addresses', async () => {
  const http = { ...SETTINGS.http, apiRequestsPerMinute: 2 }
  await using server = await harness({ settings: { http, trustedProxies: ['127.0.0.1'] } })
  const anna = await server.signedIn('streamer')
  const { token } = await server.accounts.tokens.make(anna.person.id, {
    label: 'script',
    scopes: ['channels'],
    days: 1,
  })
  let addresses = 0
  const statuses = async (headers: Record<string, string>) => {
    const write = async () => {
      const from = { 'x-forwarded-for': `203.0.113.${++addresses}` }
      return (await fetch(`${server.url}/api/v1/channels`, json('POST', { slug: 'x!' }, { ...headers, ...from })))
        .status
    }
    return [await write(), await write(), await write()]
  }
  assert.deepEqual(await statuses(anna.bearer), [400, 400, 429])
  assert.deepEqual(await statuses({ authorization: `Bearer ${token}` }), [400, 400, 429], 'a script is counted apart')
  assert.deepEqual(await statuses((await server.signedIn('streamer')).bearer), [400, 400, 429])
  assert.equal((await fetch(`${server.url}/api/v1/you`, { headers: anna.bearer })).status, 200)
})

test('wrong tokens are refused, and after ten of them in a minute nothing more is tried', async () => {
  await using server = await harness()
  const attempt = () => fetch(`${server.url}/api/v1/session`, json('POST', { token: 'at_wrong' }))
  for (let n = 0; n < 10; n++) assert.equal((await attempt()).status, 401)
  const answer = await attempt()
  assert.equal(answer.status, 429)
  assert.ok(answer.headers.get('retry-after'))
  assert.equal((await bodyOf(answer)).type, '/api/docs#problem-limit')
})

test('a new admin token makes the old one and every session worthless', async () => {
  await using server = await harness()
  const cookie = `${SESSION_COOKIE}=${server.sessions.create('admin')}`
  const answer = await fetch(`${server.url}/api/v1/admin-token`, { method: 'POST', headers: server.admin })
  const { token } = await bodyOf(answer)
  const role = async (headers: Record<string, string>) =>
    (await bodyOf(await fetch(`${server.url}/api/v1/session`, { headers }))).role
  assert.equal(await role(server.admin), 'public')
  assert.equal(await role({ cookie }), 'public')
  assert.equal(await role({ authorization: `Bearer ${token}` }), 'admin')
})

test('a write by cookie must come from a page of this server or an allowed one', async () => {
  await using server = await harness()
  const cookie = `${SESSION_COOKIE}=${server.sessions.create('admin')}`
  const status = async (headers: Record<string, string>) =>
    (
      await fetch(
        `${server.url}/api/v1/channels`,
        json('POST', { slug: `c${Math.random().toString(36).slice(2)}` }, { cookie, ...headers }),
      )
    ).status
  assert.equal(await status({ origin: server.url }), 201)
  assert.equal(await status({ origin: 'https://friends.example' }), 201)
  assert.equal(await status({ 'sec-fetch-site': 'same-origin' }), 201)
  assert.equal(await status({ origin: 'https://evil.example' }), 403)
  assert.equal(await status({ origin: 'null' }), 403)
  assert.equal(await status({ origin: `${server.url}.evil.example` }), 403)
  assert.equal(await status({ origin: 'http://127.0.0.1:1' }), 403)
  assert.equal(await status({}), 403)
})

test('a WebSocket opens for pages of this server and for programs, not for other sites', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const url = `${server.url}/api/v1/channels/main/ws`
  assert.equal(await upgradeStatus(url), 101)
  assert.equal(await upgradeStatus(url, { origin: server.url }), 101)
  assert.equal(await upgradeStatus(url, { origin: 'https://evil.example' }), 403)
  assert.equal(await upgradeStatus(`${server.url}/api/v1/channels/nobody/ws`), 404)
  assert.equal(await upgradeStatus(`${server.url}/healthz`), 404)
  assert.equal(await upgradeStatus(`${server.url}/nowhere`), 404)
})

test('a page of another site signs nobody in', async () => {
  await using server = await harness()
  const request = json('POST', { token: server.adminToken }, { origin: 'https://evil.example' })
  assert.equal((await fetch(`${server.url}/api/v1/session`, request)).status, 403)
})

test('a write that no form of another site could send is the only one taken', async () => {
  await using server = await harness()
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const request = { method: 'POST', body: '{"slug":"a"}', headers: { ...server.admin, 'content-type': type } }
    assert.equal((await fetch(`${server.url}/api/v1/channels`, request)).status, 415, type)
  }
})

test('allowed sites may read the API, others may not', async () => {
  await using server = await harness()
  const allowed = async (origin: string) =>
    (await fetch(`${server.url}/api/v1/channels`, { headers: { origin } })).headers.get('access-control-allow-origin')
  assert.equal(await allowed('https://friends.example'), 'https://friends.example')
  assert.equal(await allowed('https://evil.example'), null)
  const preflight = await fetch(`${server.url}/api/v1/channels`, {
    method: 'OPTIONS',
    headers: { origin: 'https://friends.example', 'access-control-request-method': 'POST' },
  })
  assert.equal(preflight.status, 204)
  assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization/)
})

test('details of health and the metrics are for this machine and for tokens', async () => {
  await using server = await harness()
  const get = (path: string, headers: Record<string, string>) => fetch(server.url + path, { headers })
  const details = { version: '1.2.3', ports: { http: 8080, rtmp: 1935 } }
  for (const headers of [
    {},
    { ...ELSEWHERE, ...server.admin },
    { ...ELSEWHERE, authorization: `Bearer ${METRICS_TOKEN}` },
  ]) {
    const health = await bodyOf(await get('/healthz', headers))
    assert.deepEqual({ version: health.version, ports: health.ports }, details)
    assert.equal((await get('/metrics', headers)).status, 200)
  }
  for (const headers of [
    ELSEWHERE,
    { forwarded: 'for=203.0.113.9' },
    { ...ELSEWHERE, authorization: 'Bearer wrong' },
  ]) {
    assert.deepEqual(await (await get('/healthz', headers)).json(), { status: 'ok' })
    assert.equal((await get('/metrics', headers)).status, 401)
  }
})

test('a trusted proxy on loopback makes nobody local', async () => {
  await using server = await harness({ settings: { trustedProxies: ['127.0.0.1'] } })
  assert.deepEqual(await (await fetch(`${server.url}/healthz`, { headers: ELSEWHERE })).json(), { status: 'ok' })
  assert.equal((await fetch(`${server.url}/metrics`, { headers: { 'x-forwarded-for': '127.0.0.1' } })).status, 401)
})

test('a name of somebody else that points at this machine is not this machine', async () => {
  await using server = await harness()
  const body = await new Promise<string>((resolve, reject) => {
    const request = httpRequest(`${server.url}/healthz`, { headers: { host: 'rebound.example' } }, async (response) => {
      resolve(Buffer.concat(await response.toArray()).toString())
    })
    request.on('error', reject).end()
  })
  assert.equal(body, '{"status":"ok"}')
})

test('who comes through the socket file may administrate, and writes without saying from which page', async () => {
  await using server = await harness()
  const directory = await mkdtemp(join(tmpdir(), 'streamhost-sock-'))
  const path = join(directory, 'run.sock')
  const local = makeHttpServer({ http: server.http, limits: SETTINGS.http, local: true })
  // As the instance lock does: it owns the socket file, and hands its connections on.
  await using lock = createServer((socket) => local.emit('connection', socket))
  await new Promise<void>((resolve) => lock.listen(path, resolve))
  try {
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', connection: 'close' }
      const request = httpRequest(
        { socketPath: path, path: '/api/v1/channels', method: 'POST', headers },
        (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0))
        },
      )
      request.on('error', reject).end('{"slug":"main"}')
    })
    assert.equal(status, 201)
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('a request of this process needs no socket and is an admin', async () => {
  await using server = await harness()
  const answer = await server.http.inject({
    method: 'POST',
    url: '/api/v1/channels',
    payload: { slug: 'made-offline' },
  })
  assert.equal(answer.statusCode, 201)
  assert.match(answer.json().key, /^sk_/)
})
