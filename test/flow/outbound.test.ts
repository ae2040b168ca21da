import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { MalformedError, RefusedError, UnavailableError } from '../../src/base/errors.ts'
import { OutboundClient, type OutboundRequest } from '../../src/outbound/outbound-client.ts'
import { OutboundGuard } from '../../src/outbound/outbound-guard.ts'
import { dnsResolver, type Resolve } from '../../src/outbound/resolver.ts'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'

// Real sockets on loopback. 127.0.0.1 stands for the internet, as the operator allowed it; 127.0.0.2 is what nobody may reach.

const ASKED: OutboundRequest = { maxBytes: 1000, timeoutMs: 5000 }
const never = new AbortController().signal

type Site = { readonly port: number; readonly asked: IncomingMessage[] } & AsyncDisposable

async function site(answer: RequestListener, host = '127.0.0.1', port = 0): Promise<Site> {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  return { port: await listening(server, host, port), asked, [Symbol.asyncDispose]: () => closed(server) }
}

async function listening(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

/** A client with names of its own. */
function client(names: Readonly<Record<string, readonly string[]>> = {}, allow = ['127.0.0.1']) {
  const lookups: string[] = []
  const resolve: Resolve = async (host) => {
    lookups.push(host)
    return names[host] ?? []
  }
  return { client: new OutboundClient(new OutboundGuard({ settings: { allow }, resolve })), lookups }
}

const refused = (error: unknown): boolean => error instanceof RefusedError && error.code === 'FORBIDDEN'

test('a host is asked by the address that was found, under its own name', async () => {
  await using hall = await site((_, response) => response.writeHead(201, { 'x-hall': 'yes' }).end('welcome'))
  const { client: one, lookups } = client({ 'hall.example': ['127.0.0.1'] })
  const url = `http://hall.example:${hall.port}/page?of=it`
  const answer = await one.request(url, { ...ASKED, method: 'POST', body: '{}', headers: { 'content-type': 'text/x' } })
  assert.deepEqual(
    [answer.status, answer.body.toString(), answer.headers['x-hall'], answer.url],
    [201, 'welcome', 'yes', url],
  )
  const { headers, url: path, method } = hall.asked[0] ?? assert.fail('nothing arrived')
  assert.deepEqual(
    [method, path, headers.host, headers['content-length']],
    ['POST', '/page?of=it', `hall.example:${hall.port}`, '2'],
  )
  assert.deepEqual(lookups, ['hall.example'])
})

test('no way of writing an address leads to this machine, its networks or a cloud’s metadata', async () => {
  await using inside = await site((_, response) => response.end('secret'), '127.0.0.1')
  const names = {
    'inside.example': ['127.0.0.1'],
    'mapped.example': ['::ffff:127.0.0.1'],
    'both.example': ['1.1.1.1', '10.0.0.1'],
  }
  const { client: one } = client(names, [])
  const hosts = [
    ...[
      '127.0.0.1',
      'localhost',
      '127.1',
      '0x7f000001',
      '2130706433',
      '0177.0.0.1',
      '0',
      '[::1]',
      '[::ffff:127.0.0.1]',
    ],
    ...[
      '[64:ff9b::7f00:1]',
      '①②⑦.0.0.1',
      '127。0。0。1',
      '169.254.169.254',
      '[fd00:ec2::254]',
      '10.0.0.1',
      '192.168.0.1',
    ],
    ...['inside.example', 'mapped.example', 'both.example', 'nobody.example', '127.0.0.1.'],
  ]
  for (const host of hosts) {
    await assert.rejects(one.request(`http://${host}:${inside.port}/`, ASKED), refused, host)
  }
  assert.equal(inside.asked.length, 0)
})

test('an operator opens networks of theirs, but not a cloud’s metadata', async () => {
  const { client: one } = client({}, ['0.0.0.0/0', '::/0'])
  for (const host of ['169.254.169.254', '[::ffff:a9fe:a9fe]', '[fd00:ec2::254]', '168.63.129.16']) {
    await assert.rejects(one.request(`http://${host}/latest`, ASKED), refused, host)
  }
})

test('who asks learns nothing of a private network by names: one that is there and one that isn’t are refused alike', async () => {
  const { client: one } = client({ 'db.internal': ['10.0.0.7'] }, [])
  const said = async (host: string) =>
    one.request(`http://${host}/`, ASKED).then(
      () => assert.fail(),
      (error: Error) => error.message.replace(host, ''),
    )
  assert.equal(await said('db.internal'), await said('no.internal'))
})

test('a name that leads elsewhere when it is asked again is asked once, and what was checked is connected to', async () => {
  await using good = await site((_, response) => response.end('good'))
  await using evil = await site((_, response) => response.end('secret'), '127.0.0.2', good.port)
  let turn = 0
  const resolve: Resolve = async () => (turn++ === 0 ? ['127.0.0.1'] : ['127.0.0.2'])
  const one = new OutboundClient(new OutboundGuard({ settings: { allow: ['127.0.0.1'] }, resolve }))
  const url = `http://rebind.example:${good.port}/`
  assert.equal((await one.request(url, ASKED)).body.toString(), 'good')
  assert.equal(turn, 1)
  await assert.rejects(one.request(url, ASKED), refused)
  assert.equal(evil.asked.length, 0)
})

test('redirects are checked like the first address, carry no secrets to others, and end', async () => {
  await using inside = await site((_, response) => response.end('secret'), '127.0.0.2')
  await using other = await site((_, response) => response.end('there'))
  const ways: Record<string, string> = {
    '/inside': `http://127.0.0.2:${inside.port}/`,
    '/inside-by-name': `http://inside.example:${inside.port}/`,
    '/mail': 'http://hall.example:25/',
    '/file': 'file:///etc/passwd',
    '/other': `http://other.example:${other.port}/x`,
    '/round': '/round',
  }
  await using hall = await site((request, response) => {
    response.writeHead(302, { location: ways[request.url ?? ''] ?? '/' }).end()
  })
  const { client: one } = client({
    ...{ 'hall.example': ['127.0.0.1'], 'other.example': ['127.0.0.1'], 'inside.example': ['127.0.0.2'] },
  })
  const ask = (path: string, more: Partial<OutboundRequest> = {}) =>
    one.request(`http://hall.example:${hall.port}${path}`, {
      ...ASKED,
      headers: { authorization: 'Bearer x', 'User-Agent': 'us' },
      ...more,
    })
  for (const path of ['/inside', '/inside-by-name', '/mail']) await assert.rejects(ask(path), refused, path)
  await assert.rejects(ask('/file'), MalformedError)
  assert.equal(inside.asked.length, 0)
  assert.equal((await ask('/other')).body.toString(), 'there')
  assert.deepEqual([other.asked[0]?.headers.authorization, other.asked[0]?.headers['user-agent']], [undefined, 'us'])
  assert.equal(hall.asked[0]?.headers.authorization, 'Bearer x')
  const before = hall.asked.length
  await assert.rejects(ask('/round'), (error) => error instanceof UnavailableError && /redirects/.test(error.message))
  assert.equal(hall.asked.length - before, 4)
  // What writes is sent once, wherever it is told to go.
  assert.equal((await ask('/other', { method: 'POST', body: 'x' })).status, 302)
})

test('an answer that is too long, too late, cut or packed costs no more than was agreed', async () => {
  await using hall = await site((request, response) => {
    if (request.url === '/long') for (let i = 0; i < 100; i++) response.write('x'.repeat(100))
    else if (request.url === '/head') response.writeHead(200, { 'x-long': 'x'.repeat(40_000) }).end()
    else if (request.url === '/cut')
      response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy())
    else if (request.url === '/encoding') response.end(request.headers['accept-encoding'])
  })
  const { client: one } = client({ 'hall.example': ['127.0.0.1'] })
  const ask = (path: string, more: Partial<OutboundRequest> = {}) =>
    one.request(`http://hall.example:${hall.port}${path}`, { ...ASKED, ...more })
  const fails = (what: RegExp) => (error: unknown) => error instanceof UnavailableError && what.test(error.message)
  await assert.rejects(ask('/long'), fails(/longer than 1000 bytes/))
  await assert.rejects(ask('/head'), UnavailableError)
  await assert.rejects(ask('/cut'), UnavailableError)
  await assert.rejects(ask('/silent', { timeoutMs: 200 }), fails(/longer than 0.2 s/))
  assert.equal((await ask('/encoding')).body.toString(), 'identity')
  const stop = new AbortController()
  const asked = ask('/silent', { signal: stop.signal })
  stop.abort()
  await assert.rejects(asked, UnavailableError)
})

test('a name server that never answers costs the time that was agreed', async () => {
  const resolve: Resolve = (_, signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const one = new OutboundClient(new OutboundGuard({ settings: { allow: [] }, resolve }))
  await assert.rejects(one.request('http://slow.example/', { ...ASKED, timeoutMs: 100 }), UnavailableError)
})

test('only so many are under way at once', async () => {
  await using hall = await site(() => {})
  const { client: one } = client()
  const stop = new AbortController()
  const all = Array.from({ length: 33 }, () =>
    one
      .request(`http://127.0.0.1:${hall.port}/`, { ...ASKED, signal: stop.signal })
      .catch((error: Error) => error.message),
  )
  assert.match(String(await all[32]), /too many/)
  stop.abort()
  await Promise.all(all)
  await assert.rejects(one.request('http://127.0.0.2/', ASKED), refused)
})

test('only http and https are spoken, without a password, at ports of theirs', async () => {
  const { client: one } = client()
  const wrong = [
    ...[
      'file:///etc/passwd',
      'ftp://hall.example/',
      'gopher://hall.example/',
      'rtmp://hall.example/live',
      'hall.example',
    ],
    ...[
      'http://',
      '',
      'http://user:word@127.0.0.1/',
      'https://user@127.0.0.1/',
      `http://127.0.0.1/${'x'.repeat(2048)}`,
    ],
  ]
  for (const address of wrong) await assert.rejects(one.request(address, ASKED), MalformedError, address)
  for (const port of [22, 25, 6667]) await assert.rejects(one.request(`http://127.0.0.1:${port}/`, ASKED), refused)
})

test('a certificate that nobody vouches for is refused', async () => {
  const pair = await makeSelfSigned(['hall.example'])
  const server = createTlsServer({ key: pair.key, cert: pair.cert }, (_, response) => response.end('there'))
  const port = await listening(server)
  const { client: one } = client({ 'hall.example': ['127.0.0.1'] })
  await assert.rejects(one.request(`https://hall.example:${port}/`, ASKED), UnavailableError)
  await closed(server)
})

test('names are asked of DNS: both kinds of addresses, and none where there is none', async () => {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  await once(server, 'listening')
  server.on('message', (query, { port, address }) => server.send(answerTo(query), port, address))
  const resolve = dnsResolver([`127.0.0.1:${server.address().port}`])
  assert.deepEqual(await resolve('hall.example', never), ['127.0.0.1', '::1'])
  assert.deepEqual(await resolve('none.example', never), [])
  server.close()
})

/** RFC 1035, as far as the test needs it: `hall.example` has an A and an AAAA record, other names none. */
function answerTo(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5
  const question = query.subarray(12, end)
  const known = question.includes('hall')
  const isV6 = question.readUInt16BE(question.length - 4) === 28
  const head = Buffer.alloc(12)
  query.copy(head, 0, 0, 2)
  head.writeUInt16BE(known ? 0x8180 : 0x8183, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(known ? 1 : 0, 6)
  const data = isV6 ? Buffer.from([...Array<number>(15).fill(0), 1]) : Buffer.from([127, 0, 0, 1])
  const record = Buffer.from([0xc0, 12, 0, isV6 ? 28 : 1, 0, 1, 0, 0, 0, 60, 0, data.length])
  return Buffer.concat([head, question, ...(known ? [record, data] : [])])
}
