import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Broadcast, BroadcastList } from '../../src/contract/broadcast.ts'
import { ChatPage } from '../light/chat-page.ts'
import { ReloadableServer } from '../light/reloadable-server.ts'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { audioConfig, audioFrame, videoConfig, videoFrame } from '../light/synthetic-media.ts'

/** Waits until the server tells of the newest broadcast what is wanted. */
async function newest(server: ReloadableServer, is: (broadcast: Broadcast) => boolean): Promise<Broadcast> {
  for (;;) {
    const { json } = await server.ask('GET', '/api/v1/channels/hall/broadcasts')
    const [broadcast] = BroadcastList.parse(json).items
    if (broadcast !== undefined && is(broadcast)) return broadcast
    await sleep(100)
  }
}

test('what was broadcast is told with length, viewers and chat, from its first seconds on, and can be forgotten', async () => {
  await using server = await ReloadableServer.start({
    ingest: { endSeconds: 1 },
    channels: [{ slug: 'hall', title: 'Main hall' }],
  })
  const at = new Date(Date.now() + 600_000).toISOString()
  await server.ask('PATCH', '/api/v1/channels/hall', { nextBroadcast: { at, title: 'Evensong', minutes: 60 } })
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: 'hall' })
  publisher.send(videoConfig(0))
  publisher.send(audioConfig(0))
  for (let ms = 0; ms < 12_000; ms += 40) {
    publisher.send(videoFrame(ms, ms % 2000 === 0, 0, 2000))
    publisher.send(audioFrame(ms))
  }

  // The first look at it comes within a second; who plays before is counted by the most at a time.
  await newest(server, ({ seconds }) => seconds >= 11)
  const { page } = await ChatPage.join(server.url, 'hall', { name: 'Anna' })
  const { page: other } = await ChatPage.join(server.url, 'hall', { name: 'Bert' })
  page.tell({ type: 'watching', player: 'player-one', playing: true })
  other.tell({ type: 'watching', player: 'player-two', playing: true })
  assert.equal((await page.say('Good evening')).type, 'said')
  const goesOn = await newest(server, ({ peakViewers }) => peakViewers === 2)
  assert.deepEqual([goesOn.endedAt, goesOn.title, goesOn.totalViewers], [null, 'Evensong', 2])
  const forget = () => server.ask('DELETE', `/api/v1/channels/hall/broadcasts/${goesOn.id}`)
  assert.equal((await forget()).status, 409)

  await publisher.unpublish()
  const over = await newest(server, ({ endedAt, chatMessages }) => endedAt !== null && chatMessages === 1)
  assert.deepEqual([over.id, over.peakViewers, over.reconnects, over.droppedFrames], [goesOn.id, 2, 0, 0])
  const { json: channel } = await server.ask('GET', '/api/v1/channels/hall')
  assert.equal((channel as { endedAt: string }).endedAt, over.endedAt)
  assert.ok(over.seconds >= 11 && over.seconds <= 13, `${over.seconds} s`)
  await page[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()

  assert.equal((await forget()).status, 204)
  assert.equal((await forget()).status, 404)
  const { json } = await server.ask('GET', '/api/v1/channels/hall/broadcasts')
  assert.deepEqual(json, { items: [], nextCursor: null })
  const { json: log } = await server.ask('GET', '/api/v1/audit?action=channel.broadcast')
  assert.match((log as { items: { subject: string }[] }).items[0]?.subject ?? '', /“Evensong”$/)
})
