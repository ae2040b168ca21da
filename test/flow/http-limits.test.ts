import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { harness, json, LIVE, SETTINGS } from './http-harness.ts'

/** Everything that comes back for these bytes until the server closes. */
function talk(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
    socket.on('error', reject)
  })
}

test('a body larger than the limit is refused, declared or not', async () => {
  await using server = await harness()
  const body = { slug: 'main', title: 'x'.repeat(SETTINGS.http.bodyBytes) }
  const declared = await fetch(`${server.url}/api/v1/channels`, json('POST', body, server.admin))
  assert.equal(declared.status, 413)
  const stream = new Blob([JSON.stringify(body)]).stream()
  const chunked = await fetch(`${server.url}/api/v1/channels`, {
    method: 'POST',
    body: stream,
    duplex: 'half',
    headers: { 'content-type': 'application/json', ...server.admin },
  })
  assert.equal(chunked.status, 413)
})

test('a stranger’s body is never read', async () => {
  await using server = await harness()
  const answer = await fetch(`${server.url}/api/v1/channels`, json('POST', { title: 'x'.repeat(1000) }))
  assert.equal(answer.status, 401)
})

test('a head larger than the limit is refused', async () => {
  await using server = await harness()
  const answer = await talk(
    server.url,
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(SETTINGS.http.headerBytes)}\r\n\r\n`,
  )
  assert.match(answer, /^HTTP\/1\.1 431 /)
})

test('requests without host, with two, or in no HTTP at all are refused, and the server goes on', async () => {
  await using server = await harness()
  for (const bytes of [
    'GET / HTTP/1.1\r\nConnection: close\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01',
  ]) {
    assert.match(await talk(server.url, bytes), /^HTTP\/1\.1 400 /, JSON.stringify(bytes))
  }
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
})

test('a name that is not ours in Host shows up nowhere in the answer', async () => {
  await using server = await harness()
  for (const path of ['/', '/nothing', '/api/v1/channels', '/c']) {
    const answer = await talk(server.url, `GET ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)
    assert.ok(!answer.includes('evil.example'), path)
  }
})

test('slow heads, slow requests and idle connections have their limits', async () => {
  await using server = await harness()
  assert.equal(server.server.headersTimeout, 10_000)
  assert.equal(server.server.requestTimeout, 30_000)
  assert.equal(server.server.keepAliveTimeout, 65_000)
  assert.equal(server.server.maxConnections, SETTINGS.http.connections)
})

test('a head that does not arrive in time is answered with 408', async () => {
  await using server = await harness({ settings: { http: { ...SETTINGS.http, headerSeconds: 0.1 } } })
  assert.match(await talk(server.url, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: '), /^HTTP\/1\.1 408 /)
})

test('an offer of another protocol is no upgrade', async () => {
  await using server = await harness()
  const offer = 'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk'
  assert.match(await talk(server.url, `GET /readyz HTTP/1.1\r\nHost: a\r\n${offer}\r\n\r\n`), /^HTTP\/1\.1 200 /)
})

test('the edge answers first, and what it leaves goes on', async () => {
  const edge = {
    handle: (request: { url?: string | undefined }, response: { end(body: string): unknown }) => {
      if (!request.url?.startsWith('/live/')) return false
      response.end('from the edge')
      return true
    },
  }
  await using server = await harness({ edge })
  server.live.set('main', LIVE)
  assert.equal(await (await fetch(`${server.url}/live/main/index.m3u8`)).text(), 'from the edge')
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
})
