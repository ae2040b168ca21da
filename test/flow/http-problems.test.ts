import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { Problem } from '../../src/contract/channel.ts'
import { PROBLEM_KINDS } from '../../src/http/problem-kinds.ts'
import { harness, json, SETTINGS } from './http-harness.ts'

async function problemOf(answer: Response): Promise<Problem> {
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  const problem = Problem.parse(await answer.json())
  assert.equal(problem.status, answer.status)
  const kind = problem.type.replace('/api/docs#problem-', '')
  assert.ok(kind in PROBLEM_KINDS, problem.type)
  return { ...problem, type: kind }
}

test('whatever is wrong with a request to the API is a problem of a known kind', async (t) => {
  await using server = await harness()
  const { admin, url } = server
  await server.channels.create({ slug: 'main' })
  const ask = (path: string, init?: RequestInit) => fetch(`${url}/api/v1${path}`, init)
  const raw = (body: string, type = 'application/json') => ({
    method: 'POST',
    body,
    headers: { ...admin, 'content-type': type },
  })
  const cases: [string, number, string, () => Promise<Response>][] = [
    ['an unknown address', 404, 'not-found', () => ask('/nothing')],
    ['an unknown address, written to', 404, 'not-found', () => ask('/nothing', json('POST', {}, admin))],
    ['an unknown channel', 404, 'not-found', () => ask('/channels/nobody')],
    ['bad JSON', 400, 'malformed', () => ask('/channels', raw('{"slug":'))],
    ['no JSON at all', 400, 'malformed', () => ask('/channels', raw(''))],
    ['JSON with a prototype', 400, 'malformed', () => ask('/channels', raw('{"__proto__":{"x":1}}'))],
    [
      'another type',
      415,
      'unsupported-type',
      () => ask('/channels', raw('slug=a', 'application/x-www-form-urlencoded')),
    ],
    ['too large', 413, 'too-large', () => ask('/channels', raw(JSON.stringify({ title: 'x'.repeat(70_000) })))],
    ['a name that is taken', 409, 'conflict', () => ask('/channels', json('POST', { slug: 'main' }, admin))],
    ['a wrong value', 400, 'invalid', () => ask('/channels', json('POST', { slug: 'A B' }, admin))],
    ['a field we don’t know', 400, 'invalid', () => ask('/channels', json('POST', { slug: 'x', colour: 1 }, admin))],
    ['a limit of nothing', 400, 'invalid', () => ask('/channels?limit=0')],
    ['a cursor of nobody', 400, 'invalid', () => ask('/channels?cursor=x')],
    ['a cursor of another list', 400, 'invalid', () => ask('/audit?cursor=Y2hhbm5lbHM6YQ', { headers: admin })],
    ['nobody signed in', 401, 'unauthorized', () => ask('/audit')],
  ]
  for (const [what, status, kind, act] of cases) {
    await t.test(`${what} is ${kind}`, async () => {
      const answer = await act()
      assert.equal(answer.status, status)
      assert.equal((await problemOf(answer)).type, kind)
    })
  }
})

test('a wrong value is named by its path', async () => {
  await using server = await harness()
  const answer = await fetch(`${server.url}/api/v1/channels`, json('POST', { slug: 'A B', title: '' }, server.admin))
  const { errors = [] } = await problemOf(answer)
  assert.deepEqual(
    errors.map(({ path }) => path),
    ['slug', 'title'],
  )
})

test('a method that an address does not know is told which ones it knows', async () => {
  await using server = await harness()
  const answer = async (method: string, path: string) => {
    const { headers, status } = await fetch(server.url + path, { method, headers: server.admin })
    return [status, headers.get('allow')]
  }
  assert.deepEqual(await answer('PUT', '/api/v1/channels'), [405, 'GET, HEAD, POST'])
  assert.deepEqual(await answer('GET', '/api/v1/channels/main/end'), [405, 'POST'])
  assert.deepEqual(await answer('GET', '/api/v1/channels/main/end/?x=1'), [405, 'POST'])
  assert.deepEqual(await answer('POST', '/healthz'), [405, 'GET, HEAD'])
  assert.deepEqual(await answer('DELETE', '/admin'), [405, 'GET, HEAD'])
  assert.deepEqual(await answer('OPTIONS', '/api/v1/site'), [204, 'GET, HEAD'])
  assert.deepEqual(await answer('POST', '/api/v1/nothing'), [404, null])
  const refused = await fetch(`${server.url}/api/v1/channels`, { method: 'PUT' })
  assert.equal((await problemOf(refused)).type, 'method-not-allowed')
})

test('who asks too much is told how long to wait', async () => {
  await using server = await harness({ settings: { http: { ...SETTINGS.http, apiRequestsPerMinute: 1 } } })
  const write = () => fetch(`${server.url}/api/v1/channels/none/end`, { method: 'POST', headers: server.admin })
  await write()
  const answer = await write()
  assert.equal((await problemOf(answer)).type, 'limit')
  const seconds = Number(answer.headers.get('retry-after'))
  assert.ok(seconds > 0 && seconds <= 60)
})

test('a WebSocket that is refused is told why, as every other request', async () => {
  await using server = await harness({ settings: { websocket: { ...SETTINGS.websocket, connections: 0 } } })
  await server.channels.create({ slug: 'main' })
  const refusal = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers })
      socket.on('error', reject)
      socket.on('open', () => reject(new Error('it was let in')))
      socket.on('unexpected-response', async (_, response) => {
        const body = Buffer.concat(await response.toArray())
        resolve(
          new Response(body, { status: response.statusCode ?? 0, headers: response.headers as Record<string, string> }),
        )
      })
    })
  const channel = '/api/v1/channels/main/ws'
  const full = await refusal(channel)
  assert.ok(full.headers.get('retry-after'))
  assert.equal((await problemOf(full)).type, 'limit')
  assert.equal((await problemOf(await refusal('/api/v1/channels/nobody/ws'))).type, 'not-found')
  assert.equal((await problemOf(await refusal(channel, { origin: 'https://evil.example' }))).type, 'forbidden')
  assert.equal((await problemOf(await refusal('/healthz'))).type, 'not-found')
})

test('lists are read to their end though items go meanwhile', async () => {
  await using server = await harness()
  for (const slug of ['a1', 'a2', 'a3', 'a4', 'a5']) await server.channels.create({ slug })
  const page = async (query: string) =>
    (await (await fetch(`${server.url}/api/v1/channels?limit=2${query}`)).json()) as {
      items: { slug: string }[]
      nextCursor: string | null
    }
  const first = await page('')
  await server.channels.remove('a2')
  await server.channels.remove('a3')
  const second = await page(`&cursor=${first.nextCursor}`)
  assert.deepEqual(
    [...first.items, ...second.items].map(({ slug }) => slug),
    ['a1', 'a2', 'a4', 'a5'],
  )
  assert.equal(second.nextCursor, null)
})

test('each field that is wrong is named by its path: unknown ones, and those within what may take several forms', async () => {
  await using server = await harness()
  const faults = async (path: string, body: unknown) => {
    const answer = await fetch(`${server.url}/api/v1${path}`, json('POST', body, server.admin))
    const { errors } = await problemOf(answer)
    return (errors ?? []).map(({ path }) => path).toSorted()
  }
  assert.deepEqual(await faults('/channels', { slug: 'q2', bogus: 1, more: 2 }), ['bogus', 'more'])
  assert.deepEqual(await faults('/session', { email: 5 }), ['email', 'password'])
  assert.deepEqual(await faults('/session', { email: 'anna@example.org', password: 5 }), ['password'])
})

test('what is deleted needs no body, even if its type is named', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  const headers = { ...server.admin, 'content-type': 'application/json' }
  const answer = await fetch(`${server.url}/api/v1/channels/main`, { method: 'DELETE', headers })
  assert.equal(answer.status, 204)
})

test('a list that is always whole says that nothing follows', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  for (const path of ['/channels/main/members', '/channels/main/keys', '/invitations']) {
    const { nextCursor } = (await (await fetch(`${server.url}/api/v1${path}`, { headers: server.admin })).json()) as {
      nextCursor: unknown
    }
    assert.equal(nextCursor, null, path)
  }
})
