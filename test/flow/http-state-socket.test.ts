import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { type Channel, ServerMessage } from '../../src/contract/channel.ts'
import { type Harness, harness, json, LIVE, SETTINGS } from './http-harness.ts'

/** A page's end of the socket: its messages in order. */
class Page implements AsyncDisposable {
  readonly socket: WebSocket
  readonly #states: Channel[] = []
  readonly #waiting: ((state: Channel) => void)[] = []

  constructor(server: Harness, slug: string, options: { autoPong?: boolean } = {}) {
    this.socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/channels/${slug}/ws`, options)
    this.socket.on('message', (data) => {
      const message = ServerMessage.parse(JSON.parse(data.toString()))
      if (message.type !== 'state') return
      const { channel } = message
      const waiting = this.#waiting.shift()
      if (waiting) waiting(channel)
      else this.#states.push(channel)
    })
    this.socket.on('error', () => undefined)
  }

  next(): Promise<Channel> {
    const state = this.#states.shift()
    return state ? Promise.resolve(state) : new Promise((resolve) => this.#waiting.push(resolve))
  }
  async closed(): Promise<number> {
    const [code] = await once(this.socket, 'close')
    return code
  }
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise((resolve) => this.socket.once('close', resolve))
    this.socket.terminate()
    await closed
  }
}

test('a page is told the state at once, and every change of it', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main', title: 'Main hall' })
  await using page = new Page(server, 'main')
  const first = await page.next()
  assert.deepEqual([first.state, first.title], ['offline', 'Main hall'])
  server.live.set('main', LIVE)
  assert.equal((await page.next()).state, 'live')
  server.live.set('main', { ...LIVE, state: 'reconnecting', graceEndsAtMs: 1_700_000_060_000 })
  const waiting = await page.next()
  assert.deepEqual(
    [waiting.state, waiting.live, waiting.graceEndsAt],
    ['reconnecting', true, '2023-11-14T22:14:20.000Z'],
  )
})

test('a change is told to all pages of the channel and to no other', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'one' })
  await server.channels.create({ slug: 'two' })
  await using a = new Page(server, 'one')
  await using b = new Page(server, 'one')
  await using other = new Page(server, 'two')
  for (const page of [a, b, other]) assert.equal((await page.next()).state, 'offline')
  server.live.set('one', LIVE)
  assert.equal((await a.next()).state, 'live')
  assert.equal((await b.next()).state, 'live')
  server.live.set('two', { ...LIVE, state: 'starting' })
  assert.deepEqual(await other.next().then(({ slug, state }) => [slug, state]), ['two', 'starting'])
})

test('what is told of a channel is told to its pages when it changes', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'one' })
  await using page = new Page(server, 'one')
  assert.equal((await page.next()).nextBroadcast, null)
  const nextBroadcast = { at: new Date(Date.now() + 3600_000).toISOString(), title: 'First Sunday', minutes: 90 }
  await fetch(`${server.url}/api/v1/channels/one`, json('PATCH', { nextBroadcast, tags: ['choir'] }, server.admin))
  const told = await page.next()
  assert.deepEqual([told.nextBroadcast, told.tags], [nextBroadcast, ['choir']])
})

test('when the last page leaves, nobody listens to the channel any more', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  {
    await using page = new Page(server, 'main')
    await page.next()
    assert.equal(server.live.listeners.get('main')?.size, 1)
    assert.equal(server.http.sockets(), 1)
  }
  while (server.http.sockets() > 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(server.live.listeners.get('main')?.size, 0)
})

test('pages of a removed channel are told that it is gone', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  await using page = new Page(server, 'main')
  await page.next()
  const closed = page.closed()
  await fetch(`${server.url}/api/v1/channels/main`, { method: 'DELETE', headers: server.admin })
  assert.equal(await closed, 4404)
})

test('a page that talks, or sends more than 4 KB, is closed', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  for (const [message, code] of [
    ['hello', 1008],
    ['x'.repeat(5000), 1009],
  ] as const) {
    await using page = new Page(server, 'main')
    await page.next()
    const closed = page.closed()
    page.socket.send(message)
    assert.equal(await closed, code)
  }
})

test('a page that does not answer pings is closed, one that does stays', async () => {
  await using server = await harness({ services: { pingMs: 500 } })
  await server.channels.create({ slug: 'main' })
  await using alive = new Page(server, 'main')
  await alive.next()
  await using dead = new Page(server, 'main', { autoPong: false })
  await dead.next()
  assert.equal(await dead.closed(), 1006)
  await once(alive.socket, 'ping')
  await once(alive.socket, 'ping')
  assert.equal(alive.socket.readyState, WebSocket.OPEN)
})

test('there is an end to the number of pages', async () => {
  await using server = await harness({ settings: { websocket: { ...SETTINGS.websocket, connections: 1 } } })
  await server.channels.create({ slug: 'main' })
  await using first = new Page(server, 'main')
  await first.next()
  await using second = new Page(server, 'main')
  const [, response] = await once(second.socket, 'unexpected-response')
  assert.equal(response.statusCode, 429)
})

test('there is an end to the number of pages of one address', async () => {
  const websocket = { ...SETTINGS.websocket, connectionsPerAddress: 1 }
  await using server = await harness({ settings: { websocket, trustedProxies: ['127.0.0.1'] } })
  await server.channels.create({ slug: 'main' })
  const open = (address: string) =>
    new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/channels/main/ws`, {
      headers: { 'x-forwarded-for': address },
    })
  const sockets: WebSocket[] = []
  const status = async (address: string) => {
    const socket = open(address)
    sockets.push(socket)
    socket.on('error', () => undefined)
    return Promise.race([
      once(socket, 'message').then(() => 101),
      once(socket, 'unexpected-response').then(([, response]) => response.statusCode),
    ])
  }
  assert.equal(await status('2001:db8:1:2::1'), 101)
  assert.equal(await status('2001:db8:1:2:ffff::9'), 429, 'the same /64')
  assert.equal(await status('2001:db8:1:3::1'), 101)
  assert.equal(await status('203.0.113.1'), 101)
  assert.equal(await status('203.0.113.1'), 429)
  for (const socket of sockets) socket.terminate()
})

test('a page that takes nothing is cut off when too much waits for it', async () => {
  await using server = await harness({ settings: { websocket: { ...SETTINGS.websocket, bufferedBytes: 10_000 } } })
  await server.channels.create({ slug: 'main' })
  const socket: Socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  socket.write(
    `GET /api/v1/channels/main/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  await once(socket, 'readable')
  socket.on('error', () => undefined)
  // A label as long as this fills the kernel's buffers in a few hundred changes.
  const presentation = 'p'.repeat(100_000)
  while (server.http.sockets() > 0) {
    server.live.set('main', { ...LIVE, presentation })
    await new Promise((resolve) => setImmediate(resolve))
  }
  socket.destroy()
})

test('a closing server says goodbye, so that pages come back elsewhere', async () => {
  await using server = await harness()
  await server.channels.create({ slug: 'main' })
  await using page = new Page(server, 'main')
  await page.next()
  const closed = page.closed()
  await server.http.close()
  assert.equal(await closed, 1001)
})
