import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { StreamKey, StreamKeyList } from '../../src/contract/stream-key.ts'
import { ReloadableServer } from '../light/reloadable-server.ts'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { videoConfig, videoFrame } from '../light/synthetic-media.ts'
import { CliProcess } from './cli-process.ts'

/** The keys of `hall` with the real server, from the command line to the encoder. */
test('the command line makes, lists, rotates and revokes keys, and only what came by a key that goes is ended', async () => {
  await using server = await ReloadableServer.start()
  const run = async (...args: string[]) => {
    await using command = new CliProcess(['channel', ...args, '--config', server.file], {})
    return await command.ended()
  }
  const keyIn = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
    /^(sk_\S+)$/m.exec(stdout)?.[1] ?? assert.fail(stdout + stderr)
  const first = keyIn(await run('create', 'hall'))
  const phone = keyIn(await run('key', 'add', 'hall', 'Phone'))
  const studio = keyIn(await run('key', 'add', 'hall', 'Studio camera'))

  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: studio })
  // Who sends nothing is sent away, and commands take their time.
  const beganMs = performance.now()
  publisher.send(videoConfig(0))
  const sendPicture = () => publisher.send(videoFrame(Math.round(performance.now() - beganMs), true, 0, 500))
  using pictures = new DisposableStack()
  pictures.adopt(setInterval(sendPicture, 1000), clearInterval)
  const listed = await run('keys', 'hall')
  assert.match(listed.stdout, /^[0-9a-f]{8} {2}Studio camera +\d{4}-\d\d-\d\d {2}on air now$/m)
  assert.match(listed.stdout, /^[0-9a-f]{8} {2}Phone +\d{4}-\d\d-\d\d {2}never$/m)
  for (const key of [first, phone, studio]) assert.ok(!listed.stdout.includes(key))

  const renamed = StreamKey.parse(JSON.parse((await run('key', 'rename', 'hall', 'Phone', 'Mine', '--json')).stdout))
  assert.equal(renamed.label, 'Mine')
  assert.deepEqual(JSON.parse((await run('key', 'revoke', 'hall', 'mine', '--json')).stdout), { revoked: true })
  await assert.rejects(RtmpPublisher.open({ port: server.rtmpPort, name: phone }), /not known here/)
  const unknown = await run('key', 'revoke', 'hall', 'phone')
  assert.deepEqual([unknown.status, /has no key “phone”\. It has: .*“Studio camera”/.test(unknown.stderr)], [1, true])
  assert.ok(!publisher.client.socket.destroyed, 'another key went')

  const rotated = keyIn(await run('key', 'rotate', 'hall', 'Studio camera'))
  await publisher.client.closed
  await assert.rejects(RtmpPublisher.open({ port: server.rtmpPort, name: studio }), /not known here/)
  const again = await RtmpPublisher.open({ port: server.rtmpPort, name: rotated })
  await again.unpublish()
  const byFirst = await RtmpPublisher.open({ port: server.rtmpPort, name: first })
  assert.match((await run('rotate-key', 'hall')).stdout, /sk_/)
  await byFirst.client.closed
  assert.equal((await run('keys', 'hall', '--json')).stdout.includes('Studio'), false)
})

test('when the answer says that a key is revoked its broadcast is over already, for viewers too', async () => {
  await using server = await ReloadableServer.start()
  const { json } = await server.ask('POST', '/api/v1/channels', { slug: 'hall' })
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: (json as { key: string }).key })
  publisher.send(videoConfig(0))
  for (let ms = 0; ms < 6000; ms += 40) publisher.send(videoFrame(ms, ms % 2000 === 0, 0, 500))
  const state = async () => ((await server.ask('GET', '/api/v1/channels/hall')).json as { state: string }).state
  while ((await state()) !== 'live') await sleep(50)
  const { items } = StreamKeyList.parse((await server.ask('GET', '/api/v1/channels/hall/keys')).json)
  assert.equal((await server.ask('DELETE', `/api/v1/channels/hall/keys/${items[0]?.id}`)).status, 204)
  // No wait between: what is promised within seconds is done before it is answered.
  assert.equal(await state(), 'ended')
  const index = await (await fetch(`${server.url}/live/hall/index.m3u8`)).text()
  const rendition = /^\S+\.m3u8$/m.exec(index)?.[0] ?? assert.fail(index)
  assert.match(await (await fetch(`${server.url}/live/hall/${rendition}`)).text(), /#EXT-X-ENDLIST\s*$/)
  await publisher.client.closed
})

test('a declared key that changes ends what came by the old one; keys that people added stay', async () => {
  const [one, two] = [`sk_${'1'.repeat(20)}`, `sk_${'2'.repeat(20)}`]
  await using server = await ReloadableServer.start({ channels: [{ slug: 'hall', key: one }] })
  const made = await server.ask('POST', '/api/v1/channels/hall/keys', { label: 'Phone' })
  const { key: phone } = made.json as { key: string }
  const byPhone = await RtmpPublisher.open({ port: server.rtmpPort, name: phone })
  await server.write({ channels: [{ slug: 'hall', key: two }] })
  assert.equal((await server.reload()).status, 200)
  assert.ok(!byPhone.client.socket.destroyed)
  const byTwo = await RtmpPublisher.open({ port: server.rtmpPort, name: two })
  await byPhone.client.closed
  const keys = async () =>
    StreamKeyList.parse((await server.ask('GET', '/api/v1/channels/hall/keys')).json).items.map(
      ({ label, onAir }) => `${label}${onAir ? ' on air' : ''}`,
    )
  assert.deepEqual(await keys(), ['Phone', ' on air'])
  await server.write({ channels: [{ slug: 'hall', key: one }] })
  assert.equal((await server.reload()).status, 200)
  await byTwo.client.closed
})
