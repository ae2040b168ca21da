import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { silentLog } from '../../../src/base/log.ts'
import { EarlyThreads } from '../../../src/base/threads.ts'
import { Store } from '../../../src/store/store.ts'

async function withStore(use: (threads: EarlyThreads, store: Store, born: readonly Worker[]) => Promise<void>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'streamhost-threads-'))
  const born: Worker[] = []
  const note = (worker: Worker): number => born.push(worker)
  process.on('worker', note)
  const threads = new EarlyThreads()
  const store = new Store({ dataDir, log: silentLog, startThread: threads.start })
  try {
    await use(threads, store, born)
  } finally {
    await store.stop()
    process.off('worker', note)
    await rm(dataDir, { recursive: true, force: true })
  }
}

test('a thread that has begun waits for its settings, and does with them what one started with them does', async () => {
  await withStore(async (threads, store, born) => {
    threads.begin('store')
    await store.start()
    assert.equal(await store.channels.count(), 0)
    assert.equal(born.length, 1)
  })
})

test('a thread is taken once', async () => {
  await withStore(async (threads, store, born) => {
    threads.begin('store')
    await store.start()
    await born[0]?.terminate()
    while ((await store.channels.count().catch(() => undefined)) === undefined) await new Promise(setImmediate)
    assert.equal(born.length, 2)
  })
})

test('instead of a thread that ended before it was taken another one is started', async () => {
  await withStore(async (threads, store, born) => {
    threads.begin('store')
    while (born.length === 0) await new Promise(setImmediate)
    await born[0]?.terminate()
    await store.start()
    assert.equal(await store.channels.count(), 0)
    assert.equal(born.length, 2)
  })
})
