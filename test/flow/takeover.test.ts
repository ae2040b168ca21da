import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { IngestReport } from '../../src/contract/insight.ts'
import { ReloadableServer } from '../light/reloadable-server.ts'
import { RtmpError } from '../light/rtmp-client.ts'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { until } from '../light/server-process.ts'
import { audioConfig, audioFrame, videoConfig, videoFrame } from '../light/synthetic-media.ts'

const channels = [{ slug: 'hall', title: 'Main hall' }]

/** An encoder that sends in real time until it is closed. */
async function sending(server: ReloadableServer): Promise<RtmpPublisher> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: 'hall' })
  publisher.send(videoConfig(0))
  publisher.send(audioConfig(0))
  const frames = (async () => {
    for (let ms = 0; !publisher.client.socket.destroyed; ms += 40) {
      publisher.send(videoFrame(ms, ms % 2000 === 0, 0, 2000))
      publisher.send(audioFrame(ms))
      await sleep(40)
    }
  })()
  frames.catch(() => {})
  return publisher
}

const reportOf = async (server: ReloadableServer): Promise<IngestReport> =>
  IngestReport.parse((await server.ask('GET', '/api/v1/channels/hall/ingest')).json)

test('of two encoders that fight the one on air stays, the other is told why, and the streamer is told of both', async () => {
  await using server = await ReloadableServer.start({ channels })
  const first = await sending(server)
  const second = await sending(server)
  await first.client.closed
  const { description } = await first.client.status(({ code }) => code === 'NetConnection.Connect.Closed')
  assert.match(description, /^the same key publishes again from another connection/)
  const third = await sending(server)
  await second.client.closed
  const refused = {
    name: 'RtmpError',
    message: /^NetStream\.Publish\.Rejected: another encoder .* stays on air\. Stop one/,
  }
  for (let tries = 0; tries < 3; tries++) {
    await assert.rejects(sending(server), refused)
    await sleep(1000)
  }
  assert.equal(third.client.socket.destroyed, false)
  const isTold = async () => (await reportOf(server)).advice.some(({ kind }) => kind === 'two-encoders')
  await until(isTold, 60_000, 'the streamer is not told')
  const { json } = await server.ask('GET', '/api/v1/channels/hall')
  assert.equal((json as { state: string }).state, 'live')
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(metrics, /streamhost_broadcast_takeovers_total\{channel="hall"\} 2\n/)
  assert.match(metrics, /streamhost_encoders_refused_total\{reason="rival"\} 3\n/)
  const lines = server.program.stdout.match(/two encoders send to hall/g)
  assert.equal(lines?.length, 1, 'it is one line in the log')
  third.client.destroy()
})

test('after an end by hand the encoder that tries again is kept out with the reason', async () => {
  await using server = await ReloadableServer.start({ channels })
  const encoder = await sending(server)
  await until(async () => (await reportOf(server)).state === 'live', 60_000, 'nothing is on air')
  assert.deepEqual((await server.ask('POST', '/api/v1/channels/hall/end')).json, { ended: true })
  await encoder.client.closed
  assert.deepEqual((await server.ask('POST', '/api/v1/channels/hall/end')).json, { ended: false })
  const error = await sending(server).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(error instanceof RtmpError)
  assert.match(
    error.message,
    /^NetStream\.Publish\.Rejected: this broadcast was ended by hand\. .* wait \d+ s and start it again$/,
  )
  assert.match(
    await (await fetch(`${server.url}/metrics`)).text(),
    /streamhost_encoders_refused_total\{reason="ended"\} 1\n/,
  )
})
