import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { Store } from '../../src/store/store.ts'

const SERVER = `
  import { silentLog } from '${new URL('../../src/base/log.ts', import.meta.url)}'
  import { Store } from '${new URL('../../src/store/store.ts', import.meta.url)}'
  const store = new Store({ dataDir: process.argv[1], log: silentLog })
  await store.start()
  const channel = { id: 'c', slug: 'main', title: 'Main', createdAtMs: 1 }
  await store.channels.create(channel, { id: 'k', digest: 'd', label: '', createdAtMs: 1 })
  const start = await store.broadcasts.begin('c', Date.now())
  const progress = { nextMediaSequence: start.mediaSequence + 900, discontinuitySequence: 4, longestGopMs: 8300 }
  const limit = await store.broadcasts.reserve('c', progress)
  console.log(JSON.stringify({ ...start, limit }))
  setInterval(() => {}, 1000)
`

test('sequences never go back over kill -9, however often', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'streamhost-kill-'))
  try {
    let floor = 0
    for (let run = 0; run < 2; run++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', SERVER, dataDir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exited = once(child, 'exit')
      const [line] = await once(createInterface({ input: child.stdout }), 'line')
      child.kill('SIGKILL')
      await exited
      const told = JSON.parse(line)
      assert.ok(told.mediaSequence >= floor, `${told.mediaSequence} is below ${floor}`)
      assert.ok(told.limit >= told.mediaSequence + 1900)
      floor = told.limit
    }
    const store = new Store({ dataDir, log: silentLog })
    await store.start()
    const next = await store.broadcasts.begin('c', Date.now())
    assert.ok(next.mediaSequence >= floor)
    assert.ok(next.discontinuitySequence > 4)
    assert.equal(next.longestGopMs, 8300)
    await store.stop()
  } finally {
    await rm(dataDir, { recursive: true })
  }
})

const ROOM = `
  import { silentLog } from '${new URL('../../src/base/log.ts', import.meta.url)}'
  import { Store } from '${new URL('../../src/store/store.ts', import.meta.url)}'
  const store = new Store({ dataDir: process.argv[1], log: silentLog })
  await store.start()
  await store.channels.create({ id: 'c', slug: 'main', title: 'Main', createdAtMs: 1 }, { id: 'k', digest: 'd', label: '', createdAtMs: 1 })
  const { nextSeq, limit, messages } = await store.chat.open('c', 100, 10, Date.now())
  const message = (seq) => ({ seq, personId: 'p', accountId: null, name: 'Anna', role: 'guest', text: 'text ' + seq, atMs: seq,
    broadcastId: 'b', address: null, removedAtMs: null, removedBy: null })
  await store.chat.append('c', [message(nextSeq), message(nextSeq + 1)])
  // What was told and not yet written goes with the process: its numbers must not come again.
  await store.chat.reserve('c', limit + 100)
  console.log(JSON.stringify({ nextSeq, limit: limit + 100, texts: messages.map(({ text }) => text) }))
  setInterval(() => {}, 1000)
`

test('numbers of chat messages never go back over kill -9, and what was written is there', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'streamhost-kill-'))
  try {
    let floor = 1
    const texts: string[] = []
    for (let run = 0; run < 2; run++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', ROOM, dataDir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exited = once(child, 'exit')
      const [line] = await once(createInterface({ input: child.stdout }), 'line')
      child.kill('SIGKILL')
      await exited
      const told = JSON.parse(line)
      assert.ok(told.nextSeq >= floor, `${told.nextSeq} is below ${floor}`)
      assert.deepEqual(told.texts, texts)
      texts.push(`text ${told.nextSeq}`, `text ${told.nextSeq + 1}`)
      floor = told.limit
    }
  } finally {
    await rm(dataDir, { recursive: true })
  }
})

const WATCHING = `
  import { mock } from 'node:test'
  import { silentLog } from '${new URL('../../src/base/log.ts', import.meta.url)}'
  import { Store } from '${new URL('../../src/store/store.ts', import.meta.url)}'
  import { WatchHistory } from '${new URL('../../src/accounts/following/watch-history.ts', import.meta.url)}'
  const store = new Store({ dataDir: process.argv[1], log: silentLog })
  await store.start()
  const at = { createdAtMs: 1 }
  await store.channels.create({ id: 'c', slug: 'main', title: 'Main', ...at }, { id: 'k', digest: 'd', label: '', ...at })
  await store.people.create({ id: 'p', name: 'Anna', email: 'a@example.org', emailVerified: true, role: 'viewer',
    passwordHash: null, locale: null, lastSeenAtMs: null, disabledAtMs: null, tokensSinceMs: 1, ...at }, 'a@example.org', null)
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1 })
  const history = new WatchHistory(store.watched, silentLog)
  // A player is heard every ten seconds; what it says is written by the history's own timer and nothing else.
  for (let seconds = 0; seconds < 605; seconds += 10) {
    history.heard('p', 'c', 'b')
    mock.timers.tick(10_000)
    // Answered after what was asked to be written before.
    await store.channels.count()
  }
  console.log('watched')
  setInterval(() => {}, 1000)
`

test('a kill -9 costs at most a minute of what people watched', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'streamhost-kill-'))
  try {
    const child = spawn(process.execPath, ['--input-type=module', '-e', WATCHING, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    await once(createInterface({ input: child.stdout }), 'line')
    child.kill('SIGKILL')
    await exited
    const store = new Store({ dataDir, log: silentLog })
    await store.start()
    const [watched] = await store.watched.list('p', 10, undefined)
    await store.stop()
    assert.ok((watched?.seconds ?? 0) >= 540, `${watched?.seconds} of 600 seconds are there`)
    assert.ok((watched?.seconds ?? 0) <= 600)
  } finally {
    await rm(dataDir, { recursive: true })
  }
})
