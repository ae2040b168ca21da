import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Broadcast, BroadcastList } from '../../src/contract/broadcast.ts'
import { askLocal } from '../light/ask-local.ts'
import { ChatPage } from '../light/chat-page.ts'
import { Encoder } from '../light/encoder.ts'
import { freePorts, ServerProcess, until } from '../light/server-process.ts'

const LONG_MS = 60_000

/** A server that is stopped and killed, always on the same ports and data. */
async function box(undo: AsyncDisposableStack) {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-restart-history-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const [httpPort = 0, rtmpPort = 0] = await freePorts(2)
  const dataDir = join(folder, 'data')
  const start = (sections: { ingest?: string; packaging?: string } = {}): Promise<ServerProcess> =>
    ServerProcess.start({ dataDir, httpPort, rtmpPort, sections })
  /** What is told of the channel's broadcasts, newest first. */
  const told = async (): Promise<readonly Broadcast[]> =>
    BroadcastList.parse((await askLocal(dataDir, 'GET', '/api/v1/channels/choir/broadcasts')).json).items
  /** Waits until the newest broadcast is as wanted. */
  const newest = async (is: (broadcast: Broadcast) => boolean, words: string): Promise<Broadcast> => {
    let found: Broadcast | undefined
    const isSo = async () => {
      found = (await told())[0]
      return found !== undefined && is(found)
    }
    await until(isSo, LONG_MS, words)
    assert.ok(found)
    return found
  }
  /** Waits until so many messages of the chat are on the disk: what was said in the last moment before a kill is lost. */
  const written = async (count: number): Promise<void> => {
    const path = '/api/v1/channels/choir/chat/messages'
    const all = async () => ((await askLocal(dataDir, 'GET', path)).json as { items: unknown[] }).items
    await until(async () => (await all()).length === count, LONG_MS, `${count} messages are not written`)
  }
  return {
    start,
    told,
    newest,
    written,
    url: `http://127.0.0.1:${httpPort}`,
    publishUrl: `rtmp://127.0.0.1:${rtmpPort}/live/choir`,
  }
}

/** Two pages that watch and chat, under names of their own that stay over reconnects. */
async function audience(url: string): Promise<{ readonly pages: readonly ChatPage[]; leave(): Promise<void> }> {
  const pages = await Promise.all(
    ['Anna', 'Bert'].map(async (name) => {
      const { page } = await ChatPage.join(url, 'choir', { name })
      page.tell({ type: 'watching', player: `player-of-${name}`, playing: true })
      return page
    }),
  )
  return {
    pages,
    leave: async () => {
      for (const page of pages) await page[Symbol.asyncDispose]()
    },
  }
}

async function say(page: ChatPage | undefined, text: string): Promise<number> {
  const said = await page?.say(text)
  assert.ok(said?.type === 'said')
  return said.seq
}

test('killed and stopped, a broadcast is one: beginning, viewers and chat go on, and it ends once', async () => {
  await using undo = new AsyncDisposableStack()
  const { start, told, newest, written, url, publishUrl } = await box(undo)
  let server = await start()
  undo.defer(() => server.stop())
  let encoder = await Encoder.replay('gop2', publishUrl)
  undo.defer(() => encoder.kill())
  await server.live('choir', LONG_MS)
  let watching = await audience(url)
  const first = await newest(({ peakViewers }) => peakViewers === 2, 'the viewers are not counted')
  let seq = await say(watching.pages[0], 'Good evening')

  for (const [times, how] of (['killed', 'stopped'] as const).entries()) {
    await written(times + 1)
    const { seconds } = await newest(({ endedAt }) => endedAt === null, 'it is over')
    if (how === 'killed') await server.kill()
    else await server.stop()
    await encoder.kill()
    await watching.leave()
    server = await start()
    watching = await audience(url)
    encoder = await Encoder.replay('gop2', publishUrl)
    const back = await newest((now) => now.endedAt === null && now.seconds > seconds, 'it does not go on')
    assert.deepEqual([back.id, back.startedAt], [first.id, first.startedAt], how)
    await newest(
      ({ peakViewers, totalViewers }) => peakViewers === 2 && totalViewers === 2,
      'viewers are counted twice',
    )
    const next = await say(watching.pages[1], `after ${how}`)
    assert.ok(next > seq, `${next} after ${seq}`)
    seq = next
    const { page, welcome } = await ChatPage.join(url, 'choir', {})
    assert.equal(welcome.messages.length, times + 2, 'the chat is the same')
    await page[Symbol.asyncDispose]()
  }

  await written(3)
  // The encoder does not return: it ends by itself, once, also for the server after that.
  await server.kill()
  await encoder.kill()
  await watching.leave()
  server = await start({ ingest: 'graceSeconds: 1' })
  const over = await newest(({ endedAt, chatMessages }) => endedAt !== null && chatMessages === 3, 'it does not end')
  assert.deepEqual([over.id, over.peakViewers, over.totalViewers], [first.id, 2, 2])
  await server.kill()
  server = await start()
  assert.deepEqual(await told(), [over])
  encoder = await Encoder.replay('gop2', publishUrl)
  const another = await newest(({ id }) => id !== first.id, 'another one does not begin')
  assert.equal(another.totalViewers, 0)
})

test('a broadcast goes on when its media can’t: killed in its first second, and with other settings', async () => {
  await using undo = new AsyncDisposableStack()
  const { start, told, newest, publishUrl } = await box(undo)
  let server = await start()
  undo.defer(() => server.stop())
  let encoder = await Encoder.replay('gop2', publishUrl)
  undo.defer(() => encoder.kill())
  const first = await newest(({ endedAt }) => endedAt === null, 'nothing begins')
  for (const packaging of ['segmentSeconds: 4', 'mode: "off"']) {
    await server.kill()
    await encoder.kill()
    server = await start({ packaging })
    const state = await (await fetch(`${server.url}/api/v1/channels/choir`)).json()
    assert.equal((state as { state: string }).state, 'reconnecting')
    encoder = await Encoder.replay('gop2', publishUrl)
    const { seconds } = first
    await newest((now) => now.endedAt === null && now.seconds > seconds, 'it does not go on')
    assert.deepEqual(
      (await told()).map(({ id, startedAt }) => [id, startedAt]),
      [[first.id, first.startedAt]],
    )
  }
})
