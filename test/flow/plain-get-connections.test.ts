import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import type { Asked, Reply } from '../../src/deliver/edge/exchange.ts'
import { StalledWrites } from '../../src/deliver/edge/stalled-writes.ts'
import { H1Server } from '../../src/http/h1/h1-server.ts'

const LIMITS = { headerBytes: 4096, headerSeconds: 10 }
const GET = 'GET /live/a HTTP/1.1\r\nHost: a\r\n\r\n'
/** More than the kernel keeps for both ends of a connection. */
const LARGE = Buffer.alloc(16 * 2 ** 20)

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A server whose live media is what the test says it is; what node:http is left, it echoes. */
async function open(t: TestContext, enter: () => (() => void) | undefined = () => () => {}) {
  const asked: { request: Asked; reply: Reply; url: string }[] = []
  const answer = (request: Asked, reply: Reply): boolean => {
    asked.push({ request, reply, url: String(request.url) })
    if (request.url === '/live/a') say(reply, 'a')
    return true
  }
  const server = new H1Server({ keepAliveTimeout: 65_000 }, { answer, limits: LIMITS, enter })
  server.on('request', async (req: IncomingMessage, res: ServerResponse) => {
    const body = await buffer(req)
    res.end(`${req.url} ${body.byteLength}`)
  })
  server.on('upgrade', (_, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
    socket.pipe(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const dial = async (): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    await once(socket, 'connect')
    while (server.plain === 0) await turn()
    return socket
  }
  /** The next that is asked for and not answered at once. */
  const next = async (url: string): Promise<Reply> => {
    for (;;) {
      const found = asked.findIndex((each) => each.url === url)
      const [each] = found < 0 ? [] : asked.splice(found, 1)
      if (each !== undefined) return each.reply
      await turn()
    }
  }
  return { server, asked, dial, next }
}

function say(reply: Reply, text: string): void {
  const body = Buffer.from(text)
  reply.writeHead(200, ['content-length', String(body.byteLength)])
  reply.end(body)
}

/** Reads until this has come. */
async function heard(socket: Socket, pattern: RegExp): Promise<string> {
  let text = ''
  while (!pattern.test(text)) {
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    text += bytes.toString('latin1')
  }
  return text
}

const get = (url: string): string => GET.replace('/live/a', url)

test('a request that comes while another waits has its turn after it', async (t) => {
  const { dial, next, asked } = await open(t)
  const socket = await dial()
  socket.write(get('/live/first'))
  const first = await next('/live/first')
  socket.write(get('/live/second'))
  const answers = heard(socket, /second$/)
  for (let i = 0; i < 50; i++) await turn()
  assert.deepEqual(asked, [])
  say(first, 'first')
  say(await next('/live/second'), 'second')
  assert.match(await answers, /200 OK[\s\S]*first[\s\S]*200 OK[\s\S]*second$/)
})

test('what comes while a request waits is not read without end', async (t) => {
  const { dial, next, asked } = await open(t)
  const socket = await dial()
  socket.write(get('/live/first'))
  const first = await next('/live/first')
  socket.write(LARGE)
  // The kernels of both sides are full, and the server doesn't read: nothing moves any more.
  for (let before = -1, turns = 0; turns < 200; turns++) {
    await turn()
    if (socket.bytesWritten - socket.writableLength !== before) turns = 0
    before = socket.bytesWritten - socket.writableLength
  }
  assert.ok(socket.writableLength > 0)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  say(first, 'first')
  // Then it is node:http's, which refuses it.
  await closed
  assert.deepEqual(asked, [])
})

test('who sends nothing more while it waits is forgotten, and its connection closed', async (t) => {
  const { dial, next, server } = await open(t)
  const socket = await dial()
  socket.write(get('/live/first'))
  const first = await next('/live/first')
  let left = 0
  first.once('close', () => left++)
  const closed = once(socket.resume(), 'close')
  socket.end()
  await closed
  while (server.plain > 0) await turn()
  assert.deepEqual([left, first.destroyed], [1, true])
  say(first, 'too late')
})

test('a connection that is reset ends alone', async (t) => {
  const { dial, next, server } = await open(t)
  const [socket, other] = [await dial(), await dial()]
  socket.write(get('/live/first'))
  const first = await next('/live/first')
  const left = new Promise<void>((resolve) => first.once('close', resolve))
  socket.resetAndDestroy()
  await left
  other.write(GET)
  assert.match(await heard(other, /a$/), /^HTTP\/1\.1 200 OK/)
  assert.equal(server.plain, 1)
})

test('an answer with its parts as they come is in chunks, and the connection goes on', async (t) => {
  const { dial, next } = await open(t)
  const socket = await dial()
  socket.write(get('/live/first'))
  const first = await next('/live/first')
  first.writeHead(200, ['x', 'y'])
  first.write(Buffer.from('part'))
  first.cork()
  first.write(Buffer.from('of it'))
  first.end()
  first.uncork()
  assert.match(
    await heard(socket, /\r\n0\r\n\r\n$/),
    /transfer-encoding: chunked\r\n[\s\S]*\r\n\r\n4\r\npart\r\n5\r\nof it\r\n0\r\n\r\n$/,
  )
  socket.write(GET)
  await heard(socket, /a$/)
})

/** A client that asks for much and takes none of it. */
async function notTaken(
  { dial, next }: Pick<Awaited<ReturnType<typeof open>>, 'dial' | 'next'>,
  stalledSeconds: number,
) {
  const stalled = new StalledWrites({ stalledSeconds })
  const socket = await dial()
  socket.pause()
  socket.write(get('/live/large'))
  const large = await next('/live/large')
  large.writeHead(200, ['content-length', String(LARGE.byteLength)])
  large.end(LARGE)
  stalled.watch(large)
  return { socket, large, stalled }
}

test('one that is asked for and not taken is watched, and what comes after it is read when it is taken', async (t) => {
  const { socket, large, stalled } = await notTaken(await open(t), 30)
  t.after(() => stalled.stop())
  assert.equal(stalled.count, 1)
  assert.equal(large.writableFinished, false)
  socket.write(GET)
  let bytes = 0
  for await (const chunk of socket) {
    bytes += chunk.byteLength
    if (bytes > LARGE.byteLength && chunk.toString('latin1').endsWith('\r\n\r\na')) break
  }
  assert.equal(stalled.count, 0)
})

test('who never takes an answer is cut off', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const opened = await open(t)
  const { stalled } = await notTaken(opened, 0)
  const { server } = opened
  t.after(() => stalled.stop())
  t.mock.timers.tick(5000)
  assert.equal(stalled.destroyed, 1)
  while (server.plain > 0) await turn()
})

for (const { who, seconds, first, answer } of [
  { who: 'who says nothing at all', seconds: 10, first: '', answer: /^HTTP\/1\.1 408 Request Timeout\r\n/ },
  { who: 'who has asked, and asks nothing more', seconds: 66, first: GET, answer: /^HTTP\/1\.1 200 OK[\s\S]*a$/ },
]) {
  test(`${who} is let go after ${seconds} seconds`, async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    let now = 1000
    t.mock.method(performance, 'now', () => now)
    const { dial, server } = await open(t)
    const socket = await dial()
    const all = buffer(socket)
    if (first !== '') {
      socket.write(first)
      while (socket.bytesRead === 0) await turn()
    }
    const pass = (ms: number): void => {
      now += ms
      t.mock.timers.tick(2000)
    }
    pass(seconds * 1000 - 1)
    for (let i = 0; i < 20; i++) await turn()
    assert.equal(server.plain, 1)
    pass(1000)
    assert.match(String(await all), answer)
  })
}

test('connections are counted in, and out again whoever had them last', async (t) => {
  let count = 0
  const { dial, server } = await open(t, () => {
    count++
    return () => count--
  })
  const [plain, handed] = [await dial(), await dial()]
  plain.write(GET)
  handed.write(GET)
  await Promise.all([heard(plain, /a$/), heard(handed, /a$/)])
  handed.write(get('/other'))
  await heard(handed, /other 0$/)
  assert.deepEqual([count, server.plain], [2, 1])
  assert.equal(await connections(server), 2)
  plain.destroy()
  handed.destroy()
  while (count > 0) await turn()
  assert.equal(await connections(server), 0)
})

test('who is one too many is cut off at once', async (t) => {
  const { server } = await open(t, () => undefined)
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket.resume(), 'close')
  assert.equal(server.plain, 0)
})

const connections = (server: H1Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  )

test('a server that stops closes idle connections, and lets who waits have an answer first', async (t) => {
  const { dial, next, server } = await open(t)
  const [idle, used, waiting] = [await dial(), await dial(), await dial()]
  used.write(GET)
  await heard(used, /a$/)
  waiting.write(get('/live/first'))
  const first = await next('/live/first')
  const closed = new Promise((resolve) => server.close(resolve))
  await Promise.all([once(idle.resume(), 'close'), once(used.resume(), 'close')])
  const answer = buffer(waiting)
  say(first, 'goodbye')
  assert.match(String(await answer), /\r\nConnection: close\r\n\r\ngoodbye$/)
  await closed
})

test('a connection that has carried a plain GET can become a WebSocket, and whatever is sent comes back', async (t) => {
  const { dial } = await open(t)
  const socket = await dial()
  socket.write(GET)
  await heard(socket, /a$/)
  socket.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await heard(socket, /\r\n\r\n$/)
  const sent = Buffer.alloc(4 * 2 ** 20, 'abcdefg')
  const back = buffer(socket)
  socket.end(sent)
  assert.ok((await back).equals(sent))
})

test('a body behind a plain GET comes whole to whoever reads it', async (t) => {
  const { dial } = await open(t)
  const socket = await dial()
  socket.write(GET)
  await heard(socket, /a$/)
  socket.write(`POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: ${LARGE.byteLength}\r\n\r\n`)
  socket.write(LARGE)
  await heard(socket, new RegExp(`/api ${LARGE.byteLength}$`))
  socket.write(GET)
  await heard(socket, /\/live\/a 0$/)
})
