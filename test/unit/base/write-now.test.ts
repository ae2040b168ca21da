import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { writeNow } from '../../../src/base/write-now.ts'
import { makeSelfSigned } from '../../../src/tls/self-signed.ts'
import { Chance } from '../../soak/box/chance.ts'

/** Both ends of a connection over loopback. */
async function pair() {
  const server = createServer({ pauseOnConnect: false }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(peer, 'connect')])) as [[Socket], unknown]
  return {
    ...{ socket, peer },
    async [Symbol.asyncDispose]() {
      socket.destroy()
      peer.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const descriptorOf = (socket: Socket): number => (socket as unknown as { _handle: { fd: number } })._handle.fd
const pieces = (sizes: readonly number[]): Uint8Array[] => sizes.map((size, i) => new Uint8Array(size).fill(i + 1))

async function read(peer: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of peer.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk)
    length += chunk.byteLength
    if (length >= bytes) break
  }
  return Buffer.concat(chunks)
}

describe('what is written now', () => {
  for (const sizes of [[1], [5000], [3, 0, 70_000], [1, 2, 3, 4]]) {
    test(`goes past the stream while the kernel takes it: ${sizes.join(' and ')} bytes`, async () => {
      await using ends = await pair()
      writeNow(ends.socket, pieces(sizes))
      assert.deepEqual([ends.socket.bytesWritten, ends.socket.writableLength], [0, 0])
      assert.deepEqual(
        await read(
          ends.peer,
          sizes.reduce((a, b) => a + b),
        ),
        Buffer.concat(pieces(sizes)),
      )
    })
  }

  test('nothing is nothing', async () => {
    await using ends = await pair()
    writeNow(ends.socket, [])
    writeNow(ends.socket, [new Uint8Array(0)])
    assert.equal(ends.socket.writableLength, 0)
  })

  test('comes in order, whatever the kernel takes, the stream keeps, and is written by either', async () => {
    await using ends = await pair()
    const chance = new Chance(3)
    const [sent, came] = [createHash('sha256'), createHash('sha256')]
    let [bytes, read, waited] = [0, 0, 0]
    ends.peer.on('data', (chunk: Buffer) => {
      came.update(chunk)
      read += chunk.byteLength
    })
    for (let n = 0; n < 300; n++) {
      const chunks = Array.from({ length: 1 + chance.below(4) }, () => Buffer.alloc(chance.below(200_000), n))
      for (const chunk of chunks) {
        sent.update(chunk)
        bytes += chunk.byteLength
      }
      if (chance.below(5) === 0) for (const chunk of chunks) ends.socket.write(chunk)
      else writeNow(ends.socket, chunks)
      waited += ends.socket.writableLength > 0 ? 1 : 0
      if (chance.below(3) === 0) await new Promise((resolve) => setImmediate(resolve))
      if (n % 20 === 0) ends.peer.pause()
      if (n % 20 === 13) ends.peer.resume()
    }
    ends.peer.resume()
    ends.socket.end()
    await once(ends.peer, 'end')
    assert.ok(waited > 0, 'the kernel never had enough')
    assert.equal(read, bytes)
    assert.equal(came.digest('hex'), sent.digest('hex'))
  })

  test('is counted as waiting when the peer takes nothing', async () => {
    await using ends = await pair()
    ends.peer.pause()
    const chunk = Buffer.alloc(1 << 20)
    for (let n = 0; n < 64; n++) writeNow(ends.socket, [chunk])
    assert.ok(ends.socket.writableLength > 32 << 20, `${ends.socket.writableLength} wait`)
  })

  test('waits behind what is corked', async () => {
    await using ends = await pair()
    ends.socket.cork()
    writeNow(ends.socket, [Buffer.from('second')])
    assert.equal(ends.socket.writableLength, 6)
    ends.socket.uncork()
    assert.equal(String(await read(ends.peer, 6)), 'second')
  })

  test('goes by the stream where bytes are not what is sent: TLS', async () => {
    const server = createTlsServer(await makeSelfSigned(['localhost'])).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const peer = connectTls({ port: (server.address() as AddressInfo).port, rejectUnauthorized: false })
    const [[socket]] = (await Promise.all([once(server, 'secureConnection'), once(peer, 'secureConnect')])) as [
      [Socket],
      unknown,
    ]
    writeNow(socket, [Buffer.from('not as '), Buffer.from('plain text')])
    assert.equal(String(await read(peer, 17)), 'not as plain text')
    peer.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  test('to a peer that is gone fails as a stream does, later and by its event', async () => {
    await using ends = await pair()
    const failed = once(ends.socket, 'error')
    ends.peer.resetAndDestroy()
    await once(ends.peer, 'close')
    for (let n = 0; n < 3; n++) writeNow(ends.socket, [Buffer.from('anybody there?')])
    assert.match(String((await failed)[0]), /EPIPE|ECONNRESET/)
    writeNow(ends.socket, [Buffer.from('still?')])
  })

  test('to a connection that was closed reaches nobody, not even who has its descriptor now', async () => {
    await using ends = await pair()
    const closed = [ends.socket, ends.peer]
    const before = closed.map(descriptorOf)
    for (const end of closed) end.on('error', () => {}).destroy()
    await Promise.all(closed.map((end) => once(end, 'close')))
    await using others = await pair()
    const heard: Buffer[] = []
    for (const end of [others.socket, others.peer]) end.on('data', (chunk: Buffer) => heard.push(chunk))
    const now = [others.socket, others.peer].map(descriptorOf)
    assert.ok(
      before.some((fd) => now.includes(fd)),
      `none of ${before.join(', ')} was used again: ${now.join(', ')}`,
    )
    for (const end of closed) writeNow(end, [Buffer.from('lost')])
    others.socket.end('done')
    await once(others.peer, 'end')
    assert.equal(String(Buffer.concat(heard)), 'done')
  })
})
