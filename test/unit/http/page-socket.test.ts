import assert from 'node:assert/strict'
import { Duplex, type Writable } from 'node:stream'
import { test } from 'node:test'
import * as ws from 'ws'
import { OutboxCounts, PageSocket } from '../../../src/http/page-socket.ts'
import { textFrames } from '../../../src/http/text-frames.ts'

const { WebSocket } = ws
// Exported since long, and not in its types.
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable }

/** A connection that takes nothing, and a WebSocket on it that is open. */
function stalled() {
  const connection = new Duplex({ read() {}, write() {}, highWaterMark: 1 })
  const socket = Object.assign(Object.create(WebSocket.prototype), { terminated: false })
  Object.defineProperties(socket, {
    readyState: { value: WebSocket.OPEN },
    terminate: { value: () => Object.assign(socket, { terminated: true }) },
  })
  const counts = new OutboxCounts()
  return { connection, ws: socket, counts, page: new PageSocket(socket, connection, { bufferedBytes: 50_000, counts }) }
}

test('frames are read as the texts they were made of, whatever their length', async () => {
  const texts = ['', 'ä', 'x'.repeat(125), 'x'.repeat(126), '€'.repeat(30_000), 'x'.repeat(65_535), 'x'.repeat(65_536)]
  const receiver = new Receiver({ isServer: false })
  const read: string[] = []
  receiver.on('message', (data: Buffer) => read.push(data.toString()))
  receiver.end(textFrames(texts))
  await new Promise((resolve) => receiver.once('finish', resolve))
  assert.deepEqual(read, texts)
})

test('a page that lags gets only what it can’t do without, and one that takes nothing is cut off', () => {
  const { connection, ws: socket, counts, page } = stalled()
  const [frames, essential] = [Buffer.alloc(10_000), Buffer.alloc(5000)]
  page.write(frames, essential)
  page.write(frames, essential)
  assert.deepEqual([connection.writableLength, counts.thinned], [20_000, 0])
  page.write(frames, essential)
  assert.deepEqual([connection.writableLength, counts.thinned], [25_000, 1])
  page.write(frames, Buffer.alloc(0))
  assert.equal(connection.writableLength, 25_000, 'nothing essential: nothing')
  while (!socket.terminated) page.put(frames)
  assert.deepEqual([connection.writableLength, counts.cutOff], [55_000, 1])
})

test('how much may pile up is what the rules say then', () => {
  const rules = { bufferedBytes: 50_000, counts: new OutboxCounts() }
  const { connection, ws: socket } = stalled()
  const page = new PageSocket(socket, connection, rules)
  for (let i = 0; i < 3; i++) page.put(Buffer.alloc(10_000))
  assert.equal(socket.terminated, false)
  rules.bufferedBytes = 16_384
  page.put(Buffer.alloc(10))
  assert.deepEqual([socket.terminated, rules.counts.cutOff], [true, 1])
})
