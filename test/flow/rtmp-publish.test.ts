import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedError } from '../../src/base/errors.ts'
import { writeMetadata } from '../../src/formats/flv/script-tag.ts'
import { joinAggregate } from '../../src/formats/rtmp/aggregate.ts'
import { amfNumber } from '../../src/formats/rtmp/amf-value.ts'
import { EventType, readUserControl, userControl, windowAckSize } from '../../src/formats/rtmp/control.ts'
import { MessageType } from '../../src/formats/rtmp/message.ts'
import { connectInfo, RtmpClient, RtmpError } from '../light/rtmp-client.ts'
import { RtmpPublisher, replay } from '../light/rtmp-publisher.ts'
import {
  ASC_44100,
  ASC_48000,
  AVCC_360P,
  AVCC_480P,
  audioConfig,
  audioFrame,
  videoConfig,
  videoFrame,
} from '../light/synthetic-media.ts'
import { KEY, runRtmp } from './rtmp-harness.ts'

const START_TICKS = 10 * 90_000

/** Half a second of both tracks from a timestamp on. */
function halfSecond(from: number) {
  const video = Array.from({ length: 15 }, (_, i) => videoFrame(from + Math.round((i * 1000) / 30), i === 0))
  const audio = Array.from({ length: 21 }, (_, i) => audioFrame(from + Math.round((i * 1_024_000) / 44_100)))
  return [...video, ...audio].sort((a, b) => a.timestamp - b.timestamp)
}

for (const digest of [undefined, 0, 1] as const) {
  test(`a publisher with the ${digest === undefined ? 'simple' : `digest (${digest})`} handshake is let in`, async () => {
    await using rtmp = await runRtmp()
    const publisher = await RtmpPublisher.open({
      port: rtmp.port,
      name: KEY,
      ...(digest === undefined ? {} : { digest }),
    })
    assert.equal(rtmp.server.describe().connections[0]?.handshake, digest === undefined ? 'simple' : `digest-${digest}`)
    await publisher.unpublish()
    const publication = await rtmp.input.publication()
    assert.equal(publication.how, 'unpublished')
    assert.deepEqual(publication.channel, { id: '1', slug: 'main' })
  })
}

test('connect is taken without tcUrl, without app, and with the key in the app', async () => {
  for (const { info, name } of [
    { info: { app: 'live' }, name: KEY },
    { info: { tcUrl: 'rtmp://localhost/live' }, name: KEY },
    { info: { app: `live/${KEY}` }, name: '' },
    { info: { app: `live/main?key=${KEY}` }, name: '' },
    { info: { app: 'live' }, name: `main?key=${KEY}` },
  ]) {
    await using rtmp = await runRtmp()
    const client = await RtmpClient.open({ port: rtmp.port })
    await client.call('connect', [connectInfo(info)])
    await client.call('createStream', [null])
    client.tell({ name: 'publish', transactionId: 0, values: [null, name, 'live'] }, 1)
    const { code } = await client.status(() => true)
    assert.equal(code, 'NetStream.Publish.Start', JSON.stringify(info))
    client.destroy()
    const publication = await rtmp.input.publication()
    await publication.ended()
    assert.equal(publication.how, 'lost')
  }
})

test('another application is refused in words', async () => {
  await using rtmp = await runRtmp()
  const client = await RtmpClient.open({ port: rtmp.port })
  await assert.rejects(
    client.call('connect', [connectInfo({ app: 'other' })]),
    (error: unknown) => error instanceof RtmpError && error.code === 'NetConnection.Connect.Rejected',
  )
  await client.closed
})

const refusals = [
  { name: 'sk_wrong', code: 'NetStream.Publish.BadName', says: /not known/ },
  { name: 'off', code: 'NetStream.Publish.Denied', says: /switched off/ },
]
for (const { name, code, says } of refusals) {
  test(`publishing as ${name} is refused with ${code}`, async () => {
    await using rtmp = await runRtmp()
    await assert.rejects(
      RtmpPublisher.open({ port: rtmp.port, name }),
      (error: unknown) => error instanceof RtmpError && error.code === code && says.test(error.message),
    )
  })
}

test('a hub that takes no more publishers is told on', async () => {
  await using rtmp = await runRtmp()
  rtmp.input.refusal = new RefusedError('LIMIT', 'this server has no room for another broadcast')
  await assert.rejects(
    RtmpPublisher.open({ port: rtmp.port, name: KEY }),
    /NetStream.Publish.Rejected: this server has no room/,
  )
})

test('a mistake of the authorizer ends the connection without telling what it was', async () => {
  await using rtmp = await runRtmp({ authorizer: { authorizePublish: () => Promise.reject(new Error('secret')) } })
  await assert.rejects(
    RtmpPublisher.open({ port: rtmp.port, name: KEY }),
    /NetStream.Publish.Failed: the server failed/,
  )
  assert.ok(rtmp.log.lines.some(({ level }) => level === 'error'))
})

test('the commands of encoders are answered', async () => {
  await using rtmp = await runRtmp()
  const client = await RtmpClient.open({ port: rtmp.port })
  const connected = await client.call('connect', [connectInfo({ app: 'live', objectEncoding: 3 })])
  assert.equal(amfNumber(connected.values[1], 'objectEncoding'), 3)
  for (const name of ['releaseStream', 'FCPublish', '_checkbw']) {
    assert.deepEqual((await client.call(name, [null, KEY])).values, [null, undefined])
  }
  assert.deepEqual((await client.call('getStreamLength', [null, KEY])).values, [null, 0])
  assert.deepEqual((await client.call('createStream', [null])).values, [null, 1])
  assert.deepEqual((await client.call('createStream', [null])).values, [null, 2])
  await assert.rejects(client.call('launchRockets', [null]), /NetConnection.Call.Failed/)
  client.tell({ name: 'play', transactionId: 0, values: [null, 'main'] }, 1)
  assert.equal((await client.status(() => true)).code, 'NetStream.Play.Failed')
  client.destroy()
})

test('pings are answered and bytes acknowledged', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  const { client } = publisher
  client.send(windowAckSize(1000))
  publisher.send(videoConfig(0))
  publisher.send(videoFrame(0, true, 0, 3000))
  client.send(userControl({ eventType: EventType.pingRequest, values: [77] }))
  // The ping's answer comes behind the acknowledgement of what was sent before it, or in one read with it.
  await (await rtmp.input.publication()).until(() => rtmp.input.publications[0]?.packets.length === 1)
  await publisher.unpublish()
  assert.ok(client.received.some(({ typeId }) => typeId === MessageType.acknowledgement))
  const events = client.received.filter(({ typeId }) => typeId === MessageType.userControl)
  assert.ok(events.some(({ payload }) => JSON.stringify(readUserControl(payload)) === '{"eventType":7,"values":[77]}'))
})

test('a connection may publish again after it has unpublished', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  const { client } = publisher
  client.tell({ name: 'deleteStream', transactionId: 0, values: [null, 1] })
  await client.status(({ code }) => code === 'NetStream.Unpublish.Success')
  assert.equal(rtmp.input.publications[0]?.how, 'unpublished')
  client.statuses.length = 0
  assert.deepEqual((await client.call('createStream', [null])).values, [null, 2])
  client.tell({ name: 'publish', transactionId: 0, values: [null, KEY] }, 2)
  assert.equal((await client.status(() => true)).code, 'NetStream.Publish.Start')
  client.tell({ name: 'closeStream', transactionId: 0, values: [null] }, 2)
  await (await rtmp.input.publication(1)).ended()
  client.destroy()
})

test('a second publish on one connection, and one on a stream that was not created, end it', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  publisher.client.tell({ name: 'publish', transactionId: 0, values: [null, KEY] }, 1)
  await publisher.client.status(({ code }) => code === 'NetStream.Publish.BadName')
  await publisher.client.closed

  const client = await RtmpClient.open({ port: rtmp.port })
  await client.call('connect', [connectInfo({ app: 'live' })])
  client.tell({ name: 'publish', transactionId: 0, values: [null, KEY] }, 7)
  await client.status(({ code }) => code === 'NetStream.Publish.Failed')
  await client.closed
})

for (const { name, go, why } of [
  { name: 'ends', go: (publisher: RtmpPublisher) => publisher.client.socket.end(), why: /^closed: by the peer$/ },
  {
    name: 'is reset',
    go: (publisher: RtmpPublisher) => publisher.client.socket.resetAndDestroy(),
    why: /^closed: .*ECONNRESET/,
  },
]) {
  test(`a publisher whose connection ${name} between two frames is lost, and its frames are not`, async () => {
    await using rtmp = await runRtmp()
    const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
    const publication = await rtmp.input.publication()
    publisher.send(videoConfig(0))
    // One after the other, so that they are read at ticks of their own.
    for (let frame = 0; frame < 5; frame++) {
      publisher.send(videoFrame(frame * 33, frame === 0))
      await publication.until(() => publication.packets.length === frame + 1)
    }
    go(publisher)
    await publication.ended()
    assert.equal(publication.how, 'lost')
    assert.match(await rtmp.log.closed(), why)
  })
}

test('a publisher that sends faster than ticks read it is read to its end', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  const publication = await rtmp.input.publication()
  publisher.send(videoConfig(0))
  const frames = 400
  for (let frame = 0; frame < frames; frame++) publisher.send(videoFrame(frame * 33, frame === 0, 0, 10_000))
  await publisher.unpublish()
  await publication.ended()
  assert.equal(publication.packets.length, frames)
  assert.equal(publication.how, 'unpublished')
})

test('takeover: the hub closes the first publisher, which is told why', async () => {
  await using rtmp = await runRtmp()
  const first = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  const publication = await rtmp.input.publication()
  publication.publisher.close('another encoder took over')
  publication.publisher.close('twice does no harm')
  const { code, description } = await first.client.status(({ level }) => level === 'error')
  assert.deepEqual([code, description], ['NetConnection.Connect.Closed', 'another encoder took over'])
  await first.client.closed
  assert.equal(publication.how, 'lost')
  assert.equal(await rtmp.log.closed(), 'closed: another encoder took over')
})

test('a stopping server tells its publishers and waits for them', async () => {
  const rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  await rtmp.server.stop('the server is closing')
  assert.equal(rtmp.input.publications[0]?.how, 'lost')
  await publisher.client.closed
  assert.equal((await publisher.client.status(({ level }) => level === 'error')).description, 'the server is closing')
})

for (const { name, first } of [
  { name: 'zero', first: 0 },
  { name: 'a huge number', first: 0xf000_0000 },
  { name: 'just before the wrap', first: 2 ** 32 - 250 },
]) {
  test(`timestamps from ${name} on begin at the start time and go on without a hole`, async () => {
    await using rtmp = await runRtmp()
    const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
    const tags = [videoConfig(first), audioConfig(first), ...halfSecond(first)]
    await replay([publisher], tags, { speed: Number.POSITIVE_INFINITY })
    await publisher.unpublish()
    const publication = await rtmp.input.publication()
    assert.deepEqual(
      publication.of(1).map(({ dts }) => Math.round((dts - START_TICKS) / 3000)),
      Array.from({ length: 15 }, (_, i) => i),
    )
    assert.deepEqual(
      publication.of(2).map(({ dts }) => dts),
      Array.from({ length: 21 }, (_, i) => 441_000 + i * 1024),
    )
  })
}

test('a jump of the encoder clock is taken out of both tracks', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  const jumps = [...halfSecond(1000), ...halfSecond(3_000_000_000), ...halfSecond(77)]
  for (const tag of [videoConfig(1000), audioConfig(1000), ...jumps]) publisher.send(tag)
  await publisher.unpublish()
  const publication = await rtmp.input.publication()
  const video = publication.of(1)
  assert.equal(video.length, 45)
  for (const [i, { dts }] of video.entries()) {
    assert.ok(Math.abs(dts - START_TICKS - i * 3000) < 3000, `frame ${i} at ${dts}`)
  }
  for (const [i, { dts }] of publication.of(2).entries()) assert.equal(dts, 441_000 + i * 1024)
})

test('a repeated configuration is ignored, another one makes a new track with the same id', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  const tags = [
    videoConfig(0),
    audioConfig(0),
    ...halfSecond(0),
    videoConfig(500),
    audioConfig(500),
    ...halfSecond(500),
    videoConfig(1000, AVCC_480P),
    audioConfig(1000, ASC_48000),
    ...halfSecond(1000),
  ]
  for (const tag of tags) publisher.send(tag)
  await publisher.unpublish()
  const { tracks, packets } = await rtmp.input.publication()
  assert.deepEqual(tracks, [
    { id: 1, codec: { kind: 'h264', avcC: AVCC_360P }, timescale: 90_000 },
    { id: 2, codec: { kind: 'aac', audioSpecificConfig: ASC_44100 }, timescale: 44_100 },
    { id: 1, codec: { kind: 'h264', avcC: AVCC_480P }, timescale: 90_000 },
    { id: 2, codec: { kind: 'aac', audioSpecificConfig: ASC_48000 }, timescale: 48_000 },
  ])
  // The sound goes on where it was, counted at its new rate.
  const audio = packets.filter(({ trackId }) => trackId === 2)
  assert.ok(Math.abs((audio[42]?.dts ?? 0) / 48_000 - 11) < 0.03)
})

test('late audio joins in sync', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  publisher.send(videoConfig(5000))
  for (let i = 0; i < 30; i++) publisher.send(videoFrame(5000 + i * 40, i === 0))
  publisher.send(audioConfig(6200))
  publisher.send(audioFrame(6200))
  await publisher.unpublish()
  const publication = await rtmp.input.publication()
  assert.deepEqual(
    publication.of(2).map(({ dts }) => dts),
    [Math.round(11.2 * 44_100)],
  )
})

test('packets before their configuration, pictures without content and malformed frames are dropped and counted', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  publisher.send(videoFrame(0, true))
  publisher.send(audioFrame(0))
  publisher.send(videoConfig(0))
  publisher.send({ typeId: 9, timestamp: 0, body: Uint8Array.of(0x27, 1, 0, 0, 0, 0, 0, 0, 9, 0x41) })
  publisher.send({ typeId: 9, timestamp: 0, body: Uint8Array.of(0x27, 1, 0, 0, 0, 0, 0, 0, 1, 0x06) })
  publisher.send({ typeId: 9, timestamp: 0, body: Uint8Array.of(0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x41) })
  publisher.send(videoFrame(33, true))
  const publication = await rtmp.input.publication()
  await publication.until(() => publication.packets.length === 2)
  assert.deepEqual(
    publication.packets.map(({ isSync }) => isSync),
    [false, true],
    'a key frame without an IDR picture is no place to start',
  )
  const counters = rtmp.server.describe().connections[0]?.media?.counters
  assert.deepEqual(counters, {
    videoPackets: 2,
    audioPackets: 0,
    videoBytes: 30,
    audioBytes: 0,
    keyFrames: 1,
    keyFramesWithoutIdr: 1,
    droppedBeforeConfig: 2,
    droppedMalformed: 1,
    droppedEmpty: 1,
    droppedLate: 0,
    configChanges: 0,
  })
  publisher.client.destroy()
})

test('an encoder that sends nothing but malformed frames is told so and closed', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  publisher.send(videoConfig(0))
  for (let i = 0; i < 60; i++)
    publisher.send({ typeId: 9, timestamp: i, body: Uint8Array.of(0x27, 1, 0, 0, 0, 0, 0, 0, 9, 0x41) })
  const { code, description } = await publisher.client.status(({ level }) => level === 'error')
  assert.equal(code, 'NetStream.Publish.Failed')
  assert.match(description, /NAL unit lengths .* 60 times in a row/)
  await publisher.client.closed
})

const unsupported = [
  {
    name: 'HEVC',
    body: [0x90, ...Buffer.from('hvc1'), 1],
    typeId: 9,
    says: /the video is HEVC; this server takes H\.264/,
  },
  { name: 'VP6', body: [0x14, 0], typeId: 9, says: /the video is VP6/ },
  { name: 'Speex', body: [0xb2, 0], typeId: 8, says: /the audio is Speex; this server takes AAC/ },
  { name: 'Opus', body: [0x90, ...Buffer.from('Opus'), 0], typeId: 8, says: /the audio is Opus/ },
  { name: 'AAC Main', body: [0xaf, 0, 0x0a, 0x10], typeId: 8, says: /AAC of object type 1/ },
]
for (const { name, body, typeId, says } of unsupported) {
  test(`${name} is refused in words`, async () => {
    await using rtmp = await runRtmp()
    const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
    publisher.send({ typeId, timestamp: 0, body: Uint8Array.from(body) })
    const { code, description } = await publisher.client.status(({ level }) => level === 'error')
    assert.equal(code, 'NetStream.Publish.Rejected')
    assert.match(description, says)
    await publisher.client.closed
    assert.equal(rtmp.input.publications[0]?.how, 'lost')
  })
}

test('aggregate messages are taken apart', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  const parts = [videoConfig(100), videoFrame(100, true), videoFrame(133, false)].map(
    ({ typeId, timestamp, body }) => ({
      chunkStreamId: 4,
      typeId,
      timestamp,
      messageStreamId: publisher.streamId,
      payload: body,
    }),
  )
  publisher.client.send({ ...joinAggregate(parts), timestamp: 5000 })
  await publisher.unpublish()
  assert.deepEqual(
    rtmp.input.publications[0]?.packets.map(({ dts }) => dts - START_TICKS),
    [0, 2970],
  )
})

test('what an encoder says of itself is in the description, and nonsense in it harms nobody', async () => {
  await using rtmp = await runRtmp()
  const publisher = await RtmpPublisher.open({ port: rtmp.port, name: KEY })
  publisher.send({ typeId: 18, timestamp: 0, body: writeMetadata({ encoder: 'light 1.0' }) })
  publisher.send({ typeId: 18, timestamp: 0, body: Uint8Array.of(2, 0xff, 0xff) })
  publisher.send(videoConfig(0))
  for (let i = 0; i < 150; i++) publisher.send(videoFrame(i * 40, i % 50 === 0))
  const publication = await rtmp.input.publication()
  await publication.until(() => publication.packets.length === 150)
  const media = rtmp.server.describe().connections[0]?.media
  assert.deepEqual(media?.video, { codec: 'avc1.42c01e', width: 640, height: 360, framesPerSecond: 25 })
  assert.deepEqual([media?.encoder, media?.seconds, media?.counters.keyFrames], ['light 1.0', 5.96, 3])
  publisher.client.destroy()
})
