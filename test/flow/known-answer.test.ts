import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { KnownAnswer } from '../../src/deliver/edge/known-answer.ts'

const LINES = ['content-type', 'text/plain', 'etag', '"a"']

/** A server that answers what it knows, or as Node does it where the address says so. */
async function serve(): Promise<AsyncDisposable & { readonly port: number }> {
  const answer = new KnownAnswer('a', LINES, Buffer.from('hello'))
  const server = createServer({ keepAliveTimeout: 7000 }, (req, res) => {
    if (req.url !== '/by-node') return answer.send(req, res)
    res.writeHead(200, [...LINES, 'content-length', '5'])
    res.end(req.method === 'HEAD' ? undefined : 'hello')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close }
}

/** All that comes back for these bytes until the server closes. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  return text(socket)
}

const LAST = 'GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'
const undated = (answer: string): string => answer.replace(/^date: [^\r]+ GMT\r\n/gim, '')

test('a known answer says what Node would say', async () => {
  await using server = await serve()
  for (const method of ['GET', 'HEAD'])
    for (const version of ['1.1', '1.0']) {
      const ask = (path: string): string => `${method} ${path} HTTP/${version}\r\nhost: a\r\n\r\n`
      const [known, byNode] = await Promise.all(
        ['/', '/by-node'].map((path) => exchange(server.port, `${ask(path)}${version === '1.1' ? LAST : ''}`)),
      )
      assert.match(known ?? '', /^date: /im)
      assert.equal(undated(known ?? ''), undated(byNode ?? ''))
    }
})

test('one connection carries many of them, asked for at once', async () => {
  await using server = await serve()
  const asked = `${'GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(20)}${LAST}`
  const answers = await exchange(server.port, asked)
  assert.equal(answers.match(/HTTP\/1\.1 200 OK\r\n[\s\S]*?\r\n\r\nhello/g)?.length, 21)
})

test('a line that would be two is refused', () => {
  assert.throws(() => new KnownAnswer('a', ['etag', 'a\r\nset-cookie: b'], Buffer.alloc(1)))
})

test("a client of Node's reads it, twice on one connection", async () => {
  await using server = await serve()
  for (let i = 0; i < 2; i++) {
    const asked = request({ port: server.port, host: '127.0.0.1' }).end()
    const [answer] = await once(asked, 'response')
    assert.equal(await text(answer), 'hello')
  }
})
