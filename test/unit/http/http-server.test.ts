import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import type { Http } from '../../../src/http/build-http.ts'
import { applyLimits, makeHttpServer } from '../../../src/http/http-server.ts'

const LIMITS = {
  ...{ connections: 100, connectionsPerAddress: 2, headerBytes: 16_384, headerSeconds: 10 },
  ...{ bodyBytes: 65_536, apiRequestsPerMinute: 600 },
}

/** A connection from far away, which no test can make on one machine. */
function connection(remoteAddress: string): Duplex {
  return Object.assign(new Duplex({ read() {}, write() {} }), { remoteAddress })
}

test('connections of one address are counted by the limit that holds when they come', () => {
  const limits = { ...LIMITS }
  const server = makeHttpServer({ http: {} as Http, limits })
  // Only our own listener: node's would read requests from what is no socket.
  const [ours] = server.listeners('connection').slice(-1) as [(socket: Duplex) => void]
  const come = (address: string): boolean => {
    const socket = connection(address)
    ours(socket)
    return !socket.destroyed
  }
  assert.deepEqual([come('192.0.2.1'), come('192.0.2.1'), come('192.0.2.1')], [true, true, false])
  limits.connectionsPerAddress = 3
  assert.deepEqual([come('192.0.2.1'), come('192.0.2.1')], [true, false])
  limits.connectionsPerAddress = 1
  assert.deepEqual([come('192.0.2.2'), come('192.0.2.2')], [true, false])
})

test('other limits are told to a running server', () => {
  const server = makeHttpServer({ http: {} as Http, limits: LIMITS })
  applyLimits(server, { ...LIMITS, connections: 7, headerSeconds: 60, headerBytes: 5000 })
  assert.deepEqual([server.maxConnections, server.headersTimeout, server.requestTimeout], [7, 60_000, 60_000])
  assert.equal((server as unknown as { maxHeaderSize: number }).maxHeaderSize, 5000)
})
