import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { ConfigError } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import { writeCommand } from '../../src/formats/rtmp/command.ts'
import { setChunkSize } from '../../src/formats/rtmp/control.ts'
import { RtmpServer } from '../../src/ingest/rtmp/server.ts'
import { connectInfo, RtmpClient } from '../light/rtmp-client.ts'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { videoConfig, videoFrame } from '../light/synthetic-media.ts'
import { KEY, KeptInput, keyAuthorizer, type Running, runRtmp } from './rtmp-harness.ts'

async function dial(rtmp: Running): Promise<Socket> {
  const socket = connect(rtmp.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'connect')
  return socket
}

const closed = (socket: Socket): Promise<unknown> => (socket.closed ? Promise.resolve() : once(socket, 'close'))

/** For peers that may be gone before the server has seen them. */
async function serverClosed(rtmp: Running): Promise<void> {
  while (rtmp.server.describe().connections.length > 0) await new Promise((resolve) => setImmediate(resolve))
}

test('a peer that says nothing is closed when its time is over', async () => {
  await using rtmp = await runRtmp({ limits: { strangerMs: 30 } })
  await closed(await dial(rtmp))
  assert.match(await rtmp.log.closed(), /neither publish nor play within 0\.03 s/)
})

test('a peer that shakes hands and connects but never publishes is closed and told', async () => {
  // Long enough to come so far, on any machine.
  await using rtmp = await runRtmp({ limits: { strangerMs: 1000 } })
  const client = await RtmpClient.open({ port: rtmp.port })
  await client.call('connect', [connectInfo({ app: 'live' })])
  assert.match((await client.status(({ level }) => level === 'error')).description, /neither publish nor play within/)
  await client.closed
})

test('a publisher is not closed when the time of strangers is over', async () => {
  await using rtmp = await runRtmp({ limits: { strangerMs: 500 } })
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  const stranger = await dial(rtmp)
  // The stranger came later: when it is closed, the publisher's time would have been over too.
  await closed(stranger)
  publisher.send(videoConfig(0))
  publisher.send(videoFrame(0, true))
  const publication = await rtmp.input.publication()
  await publication.until(() => publication.packets.length === 1)
  publisher.client.destroy()
})

test('whoever waits for our answer is late for nothing, and has the rest of its time when that is no', async () => {
  await using rtmp = await runRtmp({ limits: { strangerMs: 500 } })
  const answer = Promise.withResolvers<void>()
  rtmp.input.mayAnswer = answer.promise
  const publishing = RtmpPublisher.open({ port: rtmp.port, name: KEY })
  // Strangers that came later are closed one after the other meanwhile.
  for (let strangers = 0; strangers < 3; strangers++) await closed(await dial(rtmp))
  answer.resolve()
  const publisher = await publishing
  publisher.send(videoConfig(0))
  publisher.send(videoFrame(0, true))
  const publication = await rtmp.input.publication()
  await publication.until(() => publication.packets.length === 1)
  publisher.client.destroy()
})

test('another protocol is closed at its first byte', async () => {
  await using rtmp = await runRtmp()
  const socket = await dial(rtmp)
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await closed(socket)
  assert.match(await rtmp.log.closed(), /RTMP version 71/)
})

test('a stranger that sends more than 64 KB is closed', async () => {
  await using rtmp = await runRtmp()
  const client = await RtmpClient.open({ port: rtmp.port })
  client.socket.on('error', () => {})
  client.send(setChunkSize(65_536))
  // Unknown data messages of a kind that is allowed and of no use.
  for (let i = 0; i < 20; i++) {
    client.send({ chunkStreamId: 5, timestamp: 0, typeId: 18, messageStreamId: 0, payload: new Uint8Array(4000) })
  }
  await client.closed
  assert.match(await rtmp.log.closed(), /more than 65536 bytes before publishing/)
})

test('a stranger that declares a large message is closed before memory is taken', async () => {
  await using rtmp = await runRtmp()
  const client = await RtmpClient.open({ port: rtmp.port })
  client.socket.write(Uint8Array.of(4, 0, 0, 0, 0x02, 0, 0, 20, 0, 0, 0, 0))
  await client.closed
  assert.match(await rtmp.log.closed(), /a message of 131072 bytes; at most 65536/)
})

test('a publisher that declares the largest message there is, is closed and told', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  // 24 bits tell a length: no more than 16 MB can be declared.
  publisher.client.socket.write(Uint8Array.of(7, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0))
  const { description } = await publisher.client.status(({ level }) => level === 'error')
  assert.match(description, /a message of 16777215 bytes; at most 10485760/)
  await publisher.client.closed
  assert.equal(rtmp.input.publications[0]?.how, 'lost')
})

test('a publisher that leaves many large messages unfinished is closed', async () => {
  await using rtmp = await runRtmp({ limits: { messageBytes: 100_000 } })
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  publisher.client.send(setChunkSize(1))
  for (let id = 10; id < 14; id++) {
    publisher.client.socket.write(Uint8Array.of(id, 0, 0, 0, 0x01, 0x38, 0x80, 9, 1, 0, 0, 0, 9))
  }
  assert.match((await publisher.client.status(({ level }) => level === 'error')).description, /unfinished messages/)
})

test('a peer that opens chunk streams without end is closed', async () => {
  await using rtmp = await runRtmp()
  const client = await RtmpClient.open({ port: rtmp.port })
  for (let id = 3; id < 60; id++)
    client.send({ chunkStreamId: id, timestamp: 0, typeId: 3, messageStreamId: 0, payload: new Uint8Array(4) })
  client.socket.on('error', () => {})
  await client.closed
  assert.match(await rtmp.log.closed(), /more than 32 chunk streams/)
})

test('a peer that asks much and reads nothing is closed', async () => {
  await using rtmp = await runRtmp({ limits: { strangerBytes: 100_000_000 } })
  const client = await RtmpClient.open({ port: rtmp.port })
  await client.call('connect', [connectInfo({ app: 'live' })])
  client.socket.pause()
  client.socket.on('error', () => {})
  const command = { name: 'noSuchCommand', transactionId: 2, values: [null] }
  const message = { chunkStreamId: 3, timestamp: 0, typeId: 20, messageStreamId: 0, payload: writeCommand(command) }
  // From the third on the chunks of one message are the same bytes.
  client.send(message)
  client.send(message)
  const same = Array.from({ length: 1000 }, () => client.encoder.encode(message))
  const batch = Buffer.concat(same)
  while (!client.socket.destroyed) {
    if (!client.socket.write(batch))
      await Promise.race([new Promise((resolve) => client.socket.once('drain', resolve)), client.closed])
  }
  client.destroy()
  assert.match(await rtmp.log.closed(), /the peer does not read our answers/)
})

test('the connections of this machine itself are not counted by address, only in all', async () => {
  await using rtmp = await runRtmp({ limits: { connectionsPerAddress: 1, connections: 2 } })
  const first = await RtmpClient.open({ port: rtmp.port })
  const second = await RtmpClient.open({ port: rtmp.port })
  await assert.rejects(RtmpClient.open({ port: rtmp.port }))
  assert.equal(rtmp.server.describe().turnedAway, 1)
  first.destroy()
  await rtmp.log.closed()
  const third = await RtmpClient.open({ port: rtmp.port })
  for (const client of [second, third]) client.destroy()
})

test('peers that go away at any moment leave nothing behind', async () => {
  await using rtmp = await runRtmp()
  for (const bytes of [0, 1, 1000, 1537, 1600]) {
    const socket = await dial(rtmp)
    socket.write(new Uint8Array(bytes).fill(3))
    socket.resetAndDestroy()
  }
  const client = await RtmpClient.open({ port: rtmp.port })
  await client.call('connect', [connectInfo({ app: 'live' })])
  await client.call('createStream', [null])
  client.tell({ name: 'publish', transactionId: 0, values: [null, KEY] }, 1)
  client.socket.end()
  client.destroy()
  await serverClosed(rtmp)
  for (const publication of rtmp.input.publications) assert.equal(publication.how, 'lost')
})

test('a peer that is gone before the authorizer answers opens no publication that stays', async () => {
  let answer = (): void => {}
  const asked = Promise.withResolvers<void>()
  await using rtmp = await runRtmp({
    authorizer: {
      authorizePublish: async (name, key) => {
        asked.resolve()
        await new Promise<void>((resolve) => {
          answer = resolve
        })
        return keyAuthorizer.authorizePublish(name, key)
      },
    },
  })
  const client = await RtmpClient.open({ port: rtmp.port })
  await client.call('connect', [connectInfo({ app: 'live' })])
  await client.call('createStream', [null])
  client.tell({ name: 'publish', transactionId: 0, values: [null, KEY] }, 1)
  await asked.promise
  client.socket.resetAndDestroy()
  await serverClosed(rtmp)
  answer()
  await new Promise((resolve) => setImmediate(resolve))
  for (const publication of rtmp.input.publications) assert.equal(publication.how, 'lost')
})

const serverAt = (host: string, port: number, open = false): RtmpServer =>
  new RtmpServer({ host, port, open, authorizer: keyAuthorizer, input: new KeptInput(0), log: silentLog })
const go = (server: RtmpServer): Promise<void> => server.start(new AbortController().signal)

test('a port in use is a sentence that names the setting', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  await assert.rejects(
    go(serverAt('127.0.0.1', port)),
    (error: unknown) =>
      error instanceof ConfigError && new RegExp(`port ${port} is in use .* ingest\\.rtmp\\.port`).test(error.message),
  )
  other.close()
})

test('open ingest is refused on an address that others can reach', async () => {
  await assert.rejects(go(serverAt('::', 0, true)), /ingest\.open needs ingest\.rtmp\.host to be a loopback address/)
  const local = serverAt('127.0.0.1', 0, true)
  await go(local)
  await local.stop('the test is over')
})

test('the wildcard address takes IPv4 peers', async () => {
  const server = serverAt('::', 0)
  await go(server)
  const client = await RtmpClient.open({ port: server.address().port })
  assert.match(server.describe().connections[0]?.address ?? '', /^127\.0\.0\.1:\d+$/)
  client.destroy()
  await server.stop('the test is over')
})
