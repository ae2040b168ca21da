import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { FaultyLine } from '../light/faulty-line.ts'

/** Both ends of a connection through a faulty line, and what happens to each. */
async function joined(undo: AsyncDisposableStack) {
  const server = createServer().listen(0, '127.0.0.1')
  undo.defer(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const line = await FaultyLine.open(address.port)
  undo.use(line)
  const came = once(server, 'connection') as Promise<[Socket]>
  const near = connect({ port: line.port, host: '127.0.0.1' })
  const [far] = await came
  undo.defer(() => {
    near.destroy()
    far.destroy()
  })
  const seen = [near, far].map((socket) => {
    const words: string[] = []
    socket.on('end', () => words.push('end'))
    socket.on('error', (error: NodeJS.ErrnoException) => words.push(error.code ?? ''))
    socket.resume()
    return words
  })
  near.write('hello')
  const [bytes] = (await once(far, 'data')) as [Buffer]
  assert.equal(bytes.toString(), 'hello')
  return { line, near, far, seen }
}

test('a line that is closed tells both ends, one that is reset too, and both otherwise', async () => {
  for (const [fault, word] of [
    ['close', 'end'],
    ['reset', 'ECONNRESET'],
  ] as const) {
    await using undo = new AsyncDisposableStack()
    const { line, near, far, seen } = await joined(undo)
    const closed = [near, far].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    line.cut(fault)
    await Promise.all(closed)
    assert.deepEqual(seen, [[word], [word]])
  }
})

test('in a black hole neither end is told, not even that the other is gone', async () => {
  await using undo = new AsyncDisposableStack()
  const { line, near, far, seen } = await joined(undo)
  line.cut('blackhole')
  let came = 0
  far.on('data', () => came++)
  near.write('is anybody there?')
  near.destroy()
  await sleep(300)
  assert.deepEqual([seen[1], came, far.destroyed], [[], 0, false])
})

test('a slow line carries no more than it may', async () => {
  await using undo = new AsyncDisposableStack()
  const { line, near, far } = await joined(undo)
  line.slow(100_000)
  const startedMs = performance.now()
  near.end(Buffer.alloc(50_000))
  let came = 0
  far.on('data', ({ byteLength }: Buffer) => {
    came += byteLength
  })
  await once(far, 'end')
  assert.equal(came, 50_000)
  assert.ok(performance.now() - startedMs > 250, 'it was as fast as ever')
})
