import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { mock, test } from 'node:test'
import { StalledWrites } from '../../../src/deliver/edge/stalled-writes.ts'

/** More than the kernel keeps for both ends of a connection. */
const BODY = Buffer.alloc(8 * 2 ** 20)

/** An answer that its client doesn't take. */
function untaken(): ServerResponse & { destroyed: boolean } {
  const res = Object.assign(new EventEmitter(), {
    ...{ writableLength: 1000, writableFinished: false, destroyed: false },
    req: { socket: { destroyed: false } },
    destroy: () => {
      res.destroyed = true
    },
  })
  return res as unknown as ServerResponse & { destroyed: boolean }
}

test('who does not take an answer is cut off after as long as the limit says then', (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.after(() => mock.timers.reset())
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const limits = { stalledSeconds: 30 }
  const stalled = new StalledWrites(limits)
  const pass = (seconds: number): void => {
    now += seconds * 1000
    mock.timers.tick(seconds * 1000)
  }
  const [first, second] = [untaken(), untaken()]
  stalled.watch(first)
  pass(10)
  assert.equal(first.destroyed, false)
  limits.stalledSeconds = 5
  pass(5)
  assert.equal(first.destroyed, true)
  stalled.watch(second)
  limits.stalledSeconds = 60
  pass(30)
  assert.equal(second.destroyed, false)
  stalled.stop()
})

test('a client that asked for much and takes nothing is cut off, and counted once', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const stalled = new StalledWrites({ stalledSeconds: 0 })
  let asked = 0
  const all = Promise.withResolvers<void>()
  const server = createServer((_, res) => {
    res.end(BODY)
    stalled.watch(res)
    if (++asked === 4) all.resolve()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    stalled.stop()
    server.closeAllConnections()
    server.close()
  })
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(4))
  await all.promise
  assert.equal(stalled.count, 4)
  t.mock.timers.tick(5000)
  assert.equal(stalled.destroyed, 1)
  assert.equal(stalled.count, 0)
})
