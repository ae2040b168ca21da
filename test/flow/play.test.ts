import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { RefusedError } from '../../src/base/errors.ts'
import { Edge } from '../../src/deliver/edge/edge.ts'
import { FlvAnswers } from '../../src/deliver/flv/flv-answers.ts'
import { FlvSockets } from '../../src/deliver/flv/flv-sockets.ts'
import { type PlayerLimits, Players } from '../../src/deliver/flv/players.ts'
import { RtmpPlayback } from '../../src/deliver/rtmp/rtmp-players.ts'
import { FlvDecoder, type FlvTag, TagType } from '../../src/formats/flv/flv-file.ts'
import { EventType, readUserControl } from '../../src/formats/rtmp/control.ts'
import { MessageType } from '../../src/formats/rtmp/message.ts'
import { problemOf } from '../../src/http/problem.ts'
import { DEFAULT_RTMP_LIMITS, type RtmpLimits } from '../../src/ingest/rtmp/limits.ts'
import { RtmpServer } from '../../src/ingest/rtmp/server.ts'
import { Hub } from '../../src/live/hub.ts'
import type { PlayAuthorizer } from '../../src/live/playing.ts'
import type { Authorizer } from '../../src/live/ports.ts'
import { connectInfo, RtmpClient, RtmpError } from '../light/rtmp-client.ts'
import { RtmpPlayer } from '../light/rtmp-player.ts'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { AVCC_360P, AVCC_480P, audioConfig, audioFrame, videoConfig, videoFrame } from '../light/synthetic-media.ts'
import { harness } from './http-harness.ts'
import { KeptLog } from './rtmp-harness.ts'

// Players on real sockets: what they are told, what they get, and that slow ones harm nobody.

const anyName: Authorizer = {
  authorizePublish: async (name) => ({ allowed: true, channel: { id: name, slug: name } }),
}
const everybody: PlayAuthorizer = { authorizePlay: async () => {} }
const STORE = {
  begin: async () => ({
    id: 'b',
    mediaSequence: 0,
    mediaSequenceLimit: 100,
    discontinuitySequence: 0,
    longestGopMs: 0,
  }),
  reserve: async () => 100,
  finish: async () => {},
}

type Options = {
  readonly limits?: Partial<PlayerLimits>
  readonly rtmp?: Partial<RtmpLimits>
  readonly authorizer?: PlayAuthorizer
  readonly graceSeconds?: number
}

/** Ingest, hub and players as the server has them. */
async function run({ limits, rtmp: rtmpLimits, authorizer = everybody, graceSeconds = 60 }: Options = {}) {
  await using parts = new AsyncDisposableStack()
  const log = new KeptLog()
  const players = new Players({
    ...{ authorizer, log },
    limits: { connections: 100, bufferedBytes: 2_000_000, stalledSeconds: 30, mergeMs: 0, packaged: false, ...limits },
  })
  players.start()
  parts.defer(() => players.stop())
  const hub = new Hub({
    ...{ store: STORE, log },
    limits: { graceSeconds, endSeconds: graceSeconds, maxBroadcasts: 10 },
    readers: (broadcast) => [players.open(broadcast)],
    progress: () => ({ nextMediaSequence: 0, discontinuitySequence: 0, longestGopMs: 0 }),
  })
  await hub.start()
  parts.defer(() => hub.stop('the test is over'))
  const rtmp = new RtmpServer({
    ...{ host: '127.0.0.1', port: 0, authorizer: anyName, input: hub, log },
    players: new RtmpPlayback(players),
    limits: { ...DEFAULT_RTMP_LIMITS, lingerMs: 200, ...rtmpLimits },
  })
  await rtmp.start(new AbortController().signal)
  parts.defer(() => rtmp.stop('the test is over'))
  const edge = new Edge({
    packager: { get: () => undefined },
    limits: { maxWaiting: 10, stalledSeconds: 30 },
    flv: { answers: new FlvAnswers(players, problemOf), sockets: new FlvSockets(players) },
  })
  const web = parts.use(await harness({ edge }))
  const held = parts.move()
  return {
    ...{ hub, players, rtmp, log, edge },
    rtmpPort: rtmp.address().port,
    httpPort: (web.server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
type Running = Awaited<ReturnType<typeof run>>

/** An encoder with a key frame every second. */
class Source {
  readonly publisher: RtmpPublisher
  #ms = 0

  private constructor(publisher: RtmpPublisher) {
    this.publisher = publisher
  }
  static async open({ rtmpPort: port }: Running, avcC = AVCC_360P): Promise<Source> {
    const source = new Source(await RtmpPublisher.open({ port, name: 'main' }))
    source.publisher.send(videoConfig(0, avcC))
    source.publisher.send(audioConfig(0))
    return source
  }
  /** So much media, at once. */
  send(seconds: number, bytes = 500): void {
    const until = this.#ms + seconds * 1000
    for (; this.#ms < until; this.#ms += 50) {
      this.publisher.send(videoFrame(this.#ms, this.#ms % 1000 === 0, 0, bytes))
      this.publisher.send(audioFrame(this.#ms))
    }
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

/** HTTP-FLV, as it is read. */
class FlvReader {
  status = 0
  headers: NodeJS.Dict<string | string[]> = {}
  text = ''
  readonly tags: FlvTag[] = []
  /** How it ended: `whole` by the last chunk. */
  readonly ended: Promise<'whole' | 'cut'>
  readonly #request
  bytes = 0

  constructor({ httpPort: port }: Running, path = '/live/main.flv', options: { method?: string } = {}) {
    this.#request = request({ port, host: '127.0.0.1', path, agent: false, ...options })
    this.ended = new Promise((resolve) => {
      const decoder = new FlvDecoder((tag) => this.tags.push(tag))
      this.#request.on('error', () => resolve('cut'))
      this.#request.on('response', (response) => {
        this.status = response.statusCode ?? 0
        this.headers = response.headers
        response.on('data', (bytes: Buffer) => {
          this.bytes += bytes.byteLength
          if (this.status === 200) decoder.push(bytes)
          else this.text += bytes
        })
        response.on('close', () => resolve(response.complete ? 'whole' : 'cut'))
        response.on('error', () => {})
      })
    })
    this.#request.end()
  }
  get pictures(): number[] {
    return picturesOf(this.tags)
  }
  leave(): void {
    this.#request.destroy()
  }
}

const picturesOf = (tags: readonly FlvTag[]): number[] =>
  tags.filter(({ typeId, body }) => typeId === TagType.video && body[1] === 1).map(({ timestamp }) => timestamp)

test('a player of RTMP is told what players expect, in their order, and plays from the last key frame', async () => {
  await using live = await run()
  const source = await Source.open(live)
  source.send(1.5)
  await until(() => live.hub.broadcasts()[0]?.packets === 60)
  const player = await RtmpPlayer.open({ port: live.rtmpPort, name: 'main' })
  await until(() => player.pictures.length === 10)
  const { received, statuses } = player.client
  assert.deepEqual(
    statuses.map(({ level, code }) => [level, code]),
    [
      ['status', 'NetStream.Play.Reset'],
      ['status', 'NetStream.Play.Start'],
    ],
  )
  const events = received
    .filter(({ typeId }) => typeId === MessageType.userControl)
    .map(({ payload }) => readUserControl(payload))
  assert.ok(
    events.some(({ eventType, values }) => eventType === EventType.streamBegin && values[0] === player.streamId),
  )
  const data = received.filter(({ typeId }) => typeId === MessageType.dataAmf0).map(({ payload }) => String(payload))
  assert.match(
    Buffer.from(received.find(({ typeId }) => typeId === MessageType.dataAmf0)?.payload ?? []).toString('latin1'),
    /\|RtmpSampleAccess/,
  )
  assert.equal(data.length, 2)
  assert.deepEqual(
    player.pictures,
    [...Array(10).keys()].map((n) => 11_000 + n * 50),
  )
  assert.ok(
    received.every(
      ({ typeId, messageStreamId }) => ![8, 9, 18].includes(typeId) || messageStreamId === player.streamId,
    ),
  )
  source.send(1)
  await until(() => player.pictures.length === 30)
  assert.equal(live.rtmp.describe().connections.filter(({ state }) => state === 'playing').length, 1)
  player.client.destroy()
  source.publisher.client.destroy()
})

test('players on other message streams than the first get the same, on theirs', async () => {
  await using live = await run()
  const source = await Source.open(live)
  source.send(1)
  const client = await RtmpClient.open({ port: live.rtmpPort })
  await client.call('connect', [connectInfo({ app: 'live' })])
  await client.call('createStream', [null])
  assert.equal((await client.call('createStream', [null])).values[1], 2)
  client.tell({ name: 'play', transactionId: 0, values: [null, 'main'] }, 2)
  await until(() => client.received.filter(({ typeId }) => typeId === MessageType.video).length > 10)
  assert.ok(
    client.received.every(({ typeId, messageStreamId }) => typeId !== MessageType.video || messageStreamId === 2),
  )
  client.destroy()
  source.publisher.client.destroy()
})

test('a channel that is not live is refused in the words of each protocol', async () => {
  await using live = await run()
  await assert.rejects(
    RtmpPlayer.open({ port: live.rtmpPort, name: 'main' }),
    (error: unknown) =>
      error instanceof RtmpError &&
      error.code === 'NetStream.Play.StreamNotFound' &&
      /this channel is not live/.test(error.message),
  )
  const reader = new FlvReader(live)
  await reader.ended
  assert.equal(reader.status, 404)
  assert.equal(reader.headers['content-type'], 'application/problem+json')
  assert.equal(reader.headers['access-control-allow-origin'], '*')
  assert.equal(JSON.parse(reader.text).detail, 'this channel is not live')
  const socket = new WebSocket(`ws://127.0.0.1:${live.httpPort}/live/main.flv`, { origin: 'https://elsewhere.example' })
  const [code, reason] = await once(socket, 'close')
  assert.deepEqual([code, String(reason)], [4404, 'this channel is not live'])
})

test('who may not play, and one player too many, is told why', async () => {
  const limited = { limits: { connections: 1 } }
  {
    await using live = await run(limited)
    const source = await Source.open(live)
    source.send(1)
    const first = await RtmpPlayer.open({ port: live.rtmpPort, name: 'main' })
    await assert.rejects(
      RtmpPlayer.open({ port: live.rtmpPort, name: 'main' }),
      /Play.Failed: this server takes 1 players/,
    )
    const reader = new FlvReader(live)
    await reader.ended
    assert.equal(reader.status, 429)
    assert.equal(live.players.describe().refused, 2)
    first.client.destroy()
    await until(() => live.players.describe().playing.every(({ players }) => players === 0))
    const later = await RtmpPlayer.open({ port: live.rtmpPort, name: 'main' })
    later.client.destroy()
    source.publisher.client.destroy()
  }
  const nobody: PlayAuthorizer = {
    authorizePlay: async () => {
      throw new RefusedError('FORBIDDEN', 'for members only')
    },
  }
  await using live = await run({ authorizer: nobody })
  const source = await Source.open(live)
  await assert.rejects(RtmpPlayer.open({ port: live.rtmpPort, name: 'main' }), /Play.Failed: for members only/)
  const reader = new FlvReader(live)
  await reader.ended
  assert.equal(reader.status, 403)
  const [code] = await once(new WebSocket(`ws://127.0.0.1:${live.httpPort}/live/main.flv`), 'close')
  assert.equal(code, 1008)
  source.publisher.client.destroy()
})

test('HTTP-FLV and WebSocket-FLV carry the same tags; a head alone is answered without a stream', async () => {
  await using live = await run()
  const source = await Source.open(live)
  source.send(1.5)
  await until(() => live.hub.broadcasts()[0]?.packets === 60)
  const reader = new FlvReader(live, '/live/main.flv?token=x')
  const socket = new WebSocket(`ws://127.0.0.1:${live.httpPort}/live/main.flv`, { origin: 'https://elsewhere.example' })
  const framed: FlvTag[] = []
  const decoder = new FlvDecoder((tag) => framed.push(tag))
  socket.on('message', (data: Buffer, isBinary) => {
    assert.ok(isBinary)
    decoder.push(data)
  })
  await until(() => reader.pictures.length === 10 && picturesOf(framed).length === 10)
  source.send(1.3)
  await until(() => reader.pictures.length === 36 && picturesOf(framed).length === 36)
  assert.deepEqual(framed, reader.tags)
  assert.equal(reader.headers['content-type'], 'video/x-flv')
  assert.equal(reader.headers['cache-control'], 'no-store')
  const head = new FlvReader(live, '/live/main.flv', { method: 'HEAD' })
  await head.ended
  assert.deepEqual([head.status, head.bytes], [200, 0])
  assert.deepEqual(
    live.players.describe().playing.map(({ players }) => players),
    [0, 1, 1],
  )
  socket.terminate()
  reader.leave()
  await until(() => live.players.describe().playing.every(({ players }) => players === 0))
  source.publisher.client.destroy()
})

test('HTTP/1.0 gets bare FLV until the connection closes', async () => {
  await using live = await run()
  const source = await Source.open(live)
  source.send(1)
  const socket = connect({ port: live.httpPort, host: '127.0.0.1' })
  const parts: Buffer[] = []
  socket.on('data', (bytes) => parts.push(Buffer.from(bytes)))
  socket.write('GET /live/main.flv HTTP/1.0\r\n\r\n')
  await until(() => Buffer.concat(parts).byteLength > 10_000)
  live.hub.end('main', 'enough')
  await once(socket, 'close')
  const all = Buffer.concat(parts)
  const body = all.subarray(all.indexOf('\r\n\r\n') + 4)
  const tags: FlvTag[] = []
  new FlvDecoder((tag) => tags.push(tag)).push(body)
  assert.equal(picturesOf(tags).length, 20)
})

test('a live stream behind another answer on the same connection is refused, not queued', async () => {
  await using live = await run()
  const source = await Source.open(live)
  source.send(1)
  const socket = connect({ port: live.httpPort, host: '127.0.0.1' })
  let text = ''
  socket.on('data', (bytes) => (text += bytes.toString('latin1')))
  const ask = `GET /live/main.flv HTTP/1.1\r\nhost: x\r\n\r\n`
  socket.write(ask.repeat(3))
  await until(() => text.includes('200 OK'))
  assert.equal(
    live.players.describe().playing.reduce((sum, { players }) => sum + players, 0),
    1,
  )
  socket.destroy()
  source.publisher.client.destroy()
})

test('when the broadcast ends, each player is told in its protocol’s words and its connection ends', async () => {
  await using live = await run()
  const source = await Source.open(live)
  source.send(1)
  const player = await RtmpPlayer.open({ port: live.rtmpPort, name: 'main' })
  const reader = new FlvReader(live)
  const socket = new WebSocket(`ws://127.0.0.1:${live.httpPort}/live/main.flv`)
  const closed = once(socket, 'close')
  await until(() => player.pictures.length === 20 && reader.pictures.length === 20 && socket.readyState === socket.OPEN)
  live.hub.end('main', 'the programme is over')
  await player.client.closed
  const codes = player.client.statuses.map(({ code }) => code)
  assert.deepEqual(codes.slice(-2), ['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop'])
  const last = player.client.received.filter(({ typeId }) => typeId === MessageType.userControl).at(-1)
  assert.deepEqual(last && readUserControl(last.payload), { eventType: EventType.streamEof, values: [player.streamId] })
  assert.equal(await reader.ended, 'whole')
  const [code, reason] = await closed
  assert.deepEqual([code, String(reason)], [1000, 'the broadcast ended'])
})

test('a server that stops cuts streams short: that is no end', async () => {
  const live = await run()
  const source = await Source.open(live)
  source.send(1)
  const reader = new FlvReader(live)
  const socket = new WebSocket(`ws://127.0.0.1:${live.httpPort}/live/main.flv`)
  const closed = once(socket, 'close')
  await until(() => reader.pictures.length === 20 && socket.readyState === socket.OPEN)
  await live.hub.stop('the server is stopping')
  assert.equal(await reader.ended, 'cut')
  assert.equal((await closed)[0], 1001)
  await live[Symbol.asyncDispose]()
})

test('while the encoder is away players wait; it goes on without a step back in time, and with its new configuration', async () => {
  await using live = await run()
  const source = await Source.open(live)
  source.send(1)
  const [player, reader] = [await RtmpPlayer.open({ port: live.rtmpPort, name: 'main' }), new FlvReader(live)]
  await until(() => player.pictures.length === 20 && reader.pictures.length === 20)
  source.publisher.client.destroy()
  await until(() => live.hub.state('main')?.state === 'reconnecting')
  const waiting = await RtmpPlayer.open({ port: live.rtmpPort, name: 'main' })
  const back = await Source.open(live, AVCC_480P)
  back.send(1)
  await until(() => [player, reader, waiting].every(({ pictures }) => pictures.length >= 20))
  await until(() => player.pictures.length === 40 && reader.pictures.length === 40)
  for (const { pictures, tags } of [player, reader]) {
    assert.deepEqual(
      pictures,
      [...pictures].sort((a, b) => a - b),
    )
    assert.equal(new Set(pictures).size, 40)
    const configs = tags.filter(({ typeId, body }) => typeId === TagType.video && body[1] === 0)
    assert.equal(configs.length, 2)
    assert.deepEqual(Buffer.from(configs[1]?.body.subarray(5) ?? []), Buffer.from(AVCC_480P))
  }
  assert.deepEqual(waiting.pictures, player.pictures.slice(20))
  player.client.destroy()
  waiting.client.destroy()
  back.publisher.client.destroy()
})

test('a pause holds, and what follows begins with a key frame; seeking is refused; closing leaves the connection open', async () => {
  await using live = await run()
  const source = await Source.open(live)
  source.send(1)
  const [player, beside] = [await RtmpPlayer.open({ port: live.rtmpPort, name: 'main' }), new FlvReader(live)]
  await until(() => player.pictures.length === 20 && beside.pictures.length === 20)
  const { client, streamId } = player
  client.tell({ name: 'pause', transactionId: 0, values: [null, true, 0] }, streamId)
  await client.status(({ code }) => code === 'NetStream.Pause.Notify')
  source.send(0.5)
  client.tell({ name: 'seek', transactionId: 0, values: [null, 3] }, streamId)
  assert.equal((await client.status(({ level }) => level === 'error')).code, 'NetStream.Seek.Failed')
  // What another one has is gathered no more: it won't come after the pause.
  await until(() => beside.pictures.length === 30)
  assert.equal(player.pictures.length, 20)
  client.tell({ name: 'pause', transactionId: 0, values: [null, false, 0] }, streamId)
  await client.status(({ code }) => code === 'NetStream.Unpause.Notify')
  source.send(1)
  await until(() => player.pictures.length === 30)
  assert.equal(player.pictures[20], 12_000)
  client.tell({ name: 'play', transactionId: 0, values: [null, 'main'] }, streamId)
  await client.status(({ code }) => code === 'NetStream.Play.Failed')
  client.tell({ name: 'closeStream', transactionId: 0, values: [null] }, streamId)
  await client.status(({ code }) => code === 'NetStream.Play.Stop')
  // The one beside.
  assert.equal(
    live.players.describe().playing.reduce((sum, { players }) => sum + players, 0),
    1,
  )
  client.tell({ name: 'play', transactionId: 0, values: [null, 'main'] }, streamId)
  await until(() => client.statuses.filter(({ code }) => code === 'NetStream.Play.Start').length === 2)
  client.destroy()
  beside.leave()
  source.publisher.client.destroy()
})

test('a player is not closed when the time of strangers is over, and may go on to acknowledge', async () => {
  await using live = await run({ rtmp: { strangerMs: 500 } })
  const source = await Source.open(live)
  const player = await RtmpPlayer.open({ port: live.rtmpPort, name: 'main' })
  await sleep(700)
  source.send(1)
  await until(() => player.pictures.length === 20)
  player.client.destroy()
  source.publisher.client.destroy()
})

/** Asks for the stream and then reads nothing. */
async function stalled(live: Running, protocol: 'http' | 'websocket' | 'rtmp'): Promise<Socket> {
  if (protocol === 'rtmp') {
    const { client } = await RtmpPlayer.open({ port: live.rtmpPort, name: 'main' })
    client.socket.pause()
    return client.socket
  }
  const socket = connect({ port: live.httpPort, host: '127.0.0.1' })
  const upgrade =
    protocol === 'websocket'
      ? 'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
      : ''
  socket.write(`GET /live/main.flv HTTP/1.1\r\nhost: x\r\n${upgrade}\r\n`)
  await once(socket, 'readable')
  return socket
}

for (const protocol of ['http', 'websocket', 'rtmp'] as const) {
  test(`a player of ${protocol} that takes nothing skips, slows nobody, and is cut off`, async () => {
    const bufferedBytes = 1_000_000
    await using live = await run({ limits: { bufferedBytes, stalledSeconds: 1 }, rtmp: { stalledMs: 1000 } })
    const source = await Source.open(live)
    source.send(0.1)
    const quick = new FlvReader(live)
    await until(() => quick.pictures.length > 0)
    const socket = await stalled(live, protocol)
    socket.on('error', () => {})
    let pictures = 2
    while (live.players.describe().skips === 0) {
      source.send(0.5, 100_000)
      pictures += 10
      await until(() => quick.pictures.length === pictures)
    }
    // It is behind by its bound and what was under way, however much has been sent since.
    for (let n = 0; n < 10; n++) source.send(0.5, 100_000)
    await until(() => quick.pictures.length === pictures + 100)
    assert.equal(live.players.describe().skips, 1)
    await until(() => live.players.describe().playing.reduce((sum, { players }) => sum + players, 0) === 1)
    socket.destroy()
    quick.leave()
    source.publisher.client.destroy()
  })
}

test('players that skip are spoken of in the log once a second at most', async () => {
  await using live = await run({ limits: { bufferedBytes: 300_000 } })
  const source = await Source.open(live)
  source.send(0.1)
  const sockets = await Promise.all([stalled(live, 'http'), stalled(live, 'http')])
  for (const socket of sockets) socket.on('error', () => {})
  while (live.players.describe().skips < 2) {
    source.send(1, 100_000)
    await sleep(10)
  }
  const said = () =>
    live.log.lines.filter(({ level, message }) => level === 'warn' && /skip to the next key/.test(message))
  await until(() => said().reduce((sum, { fields }) => sum + Number(fields.skips), 0) === 2)
  assert.ok(said().length <= 2)
  for (const socket of sockets) socket.destroy()
  source.publisher.client.destroy()
})
