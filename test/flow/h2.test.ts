import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { answerOf, getH2, openH2, RawH2 } from '../light/h2-client.ts'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { ServerProcess, until } from '../light/server-process.ts'
import { audioConfig, audioFrame, videoConfig, videoFrame } from '../light/synthetic-media.ts'
import { getTls } from '../light/tls-client.ts'

let server: ServerProcess
let publisher: RtmpPublisher
/** Of the source's playlist: where its media lies, and what comes next. */
let segment = ''
let part = ''
const SEGMENT = /^source\/.*\.m4s$/m
const PLAYLIST = '/live/choir/source.m3u8'

before(async () => {
  server = await ServerProcess.start({
    https: 'mode: self-signed',
    yaml: 'limits: { http: { headerSeconds: 2, stalledSeconds: 3 } }\n',
  })
  publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: 'choir' })
  publisher.send(videoConfig(0))
  publisher.send(audioConfig(0))
  feed(0, 9000)
  await server.live('choir')
  const text = await settled()
  segment = `/live/choir/${SEGMENT.exec(text)?.[0]}`
  part = `/live/choir/${/#EXT-X-PART:.*URI="([^"]+)"/.exec(text)?.[1]}`
})
after(async () => {
  await publisher.unpublish()
  await server.stop()
})

function feed(from: number, to: number): void {
  for (let ms = from; ms < to; ms += 40) {
    publisher.send(videoFrame(ms, ms % 2000 === 0, 0, 4000))
    publisher.send(audioFrame(ms))
  }
}
const playlist = async (): Promise<string> => (await fetch(`${server.url}${PLAYLIST}`)).text()
/** The playlist when all that was sent has been taken in: what is asked for twice is the same. */
async function settled(): Promise<string> {
  for (let before = ''; ; ) {
    const now = await playlist()
    if (now === before && SEGMENT.test(now)) return now
    before = now
    await sleep(200)
  }
}
/** What is asked for when the next part is waited for. */
async function next(): Promise<string> {
  const [, msn, at] = /PRELOAD-HINT:.*\/(\d+)\.(\d+)\.m4s/.exec(await settled()) ?? []
  return `${PLAYLIST}?_HLS_msn=${msn}&_HLS_part=${at}`
}
const waiting = async (): Promise<number> =>
  Number(/^streamhost_edge_held_requests (\d+)/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1] ?? -1)

describe('by HTTP/2', () => {
  test('media, playlists, pages and the API are what they are by HTTP/1.1', async () => {
    const session = await openH2(server.httpsPort)
    for (const path of [
      PLAYLIST,
      segment,
      part,
      '/live/choir/index.m3u8',
      '/',
      '/healthz',
      '/api/v1/channels',
      '/nothing',
    ]) {
      const askBoth = () =>
        Promise.all([
          getTls(`https://localhost:${server.httpsPort}${path}`, { 'accept-encoding': 'identity' }),
          getH2(session, path, { 'accept-encoding': 'identity' }),
        ])
      let [old, now] = await askBoth()
      // What is told of a channel has just become another.
      if (old.headers['content-length'] !== now.headers['content-length']) [old, now] = await askBoth()
      assert.equal(now.status, old.status, path)
      for (const name of ['content-type', 'cache-control', 'etag', 'access-control-allow-origin', 'content-length'])
        assert.equal(now.headers[name], old.headers[name], `${path} ${name}`)
      assert.ok(now.headers.date)
      for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'upgrade'])
        assert.equal(now.headers[name], undefined, `${path} ${name}`)
      if (path !== '/healthz') assert.equal(now.body.toString('latin1').slice(0, 2000).length > 0, true)
    }
    session.destroy()
  })

  test('HEAD, ranges, If-None-Match and gzip are answered as ever', async () => {
    const session = await openH2(server.httpsPort)
    const whole = await getH2(session, segment)
    assert.equal(
      whole.body.byteLength,
      Number((await getH2(session, segment, { ':method': 'HEAD' })).headers['content-length']),
    )
    assert.equal((await getH2(session, segment, { ':method': 'HEAD' })).body.byteLength, 0)
    const range = await getH2(session, segment, { range: 'bytes=100-199' })
    assert.deepEqual([range.status, range.body], [206, whole.body.subarray(100, 200)])
    assert.equal((await getH2(session, segment, { 'if-none-match': String(whole.headers.etag) })).status, 304)
    const zipped = await getH2(session, PLAYLIST, { 'accept-encoding': 'gzip' })
    assert.match(gunzipSync(zipped.body).toString(), /^#EXTM3U/)
    const preflight = await getH2(session, PLAYLIST, { ':method': 'OPTIONS' })
    assert.equal(preflight.status, 204)
    session.destroy()
  })

  test('bodies are taken, refused when they are too long, and the connection goes on', async () => {
    const session = await openH2(server.httpsPort)
    const post = async (bytes: number): Promise<number> => {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/api/v1/session',
        'content-type': 'application/json',
      })
      stream.on('error', () => {})
      const answer = answerOf(stream)
      stream.end(JSON.stringify({ token: 'x'.repeat(bytes) }))
      return (await answer).status
    }
    assert.equal(await post(10), 401)
    // Too long for a token, and taken whole.
    assert.equal(await post(200_000), 400)
    assert.equal(await post(3_000_000), 413)
    assert.equal((await getH2(session, '/readyz')).status, 200)
    session.destroy()
  })

  test('a segment that is still open is sent as it grows', async () => {
    const session = await openH2(server.httpsPort)
    const [, msn] = /PRELOAD-HINT:.*\/(\d+)\.(\d+)\.m4s/.exec(await playlist()) ?? []
    const stream = session.request({ ':path': segment.replace(/\d+\.m4s$/, `${msn}.m4s`) })
    stream.end()
    const answer = answerOf(stream)
    const first = await once(stream, 'data')
    assert.ok((first[0] as Buffer).byteLength > 0)
    feed(9000, 11_000)
    const { status, headers } = await answer
    assert.deepEqual([status, headers['content-length']], [200, undefined])
    session.destroy()
  })

  test('many requests wait on one connection, up to a limit, and all are answered with the next part', async () => {
    const session = await openH2(server.httpsPort)
    const path = await next()
    const answers = Array.from({ length: 30 }, () => getH2(session, path))
    await until(async () => (await waiting()) === 24, 5000, 'they do not wait')
    feed(11_000, 12_000)
    const statuses = (await Promise.all(answers)).map(({ status }) => status).sort()
    assert.deepEqual(statuses, [...Array(24).fill(200), ...Array(6).fill(503)])
    session.destroy()
  })

  test('who leaves waits no longer', async () => {
    const session = await openH2(server.httpsPort)
    const stream = session.request({ ':path': await next() })
    stream.on('error', () => {})
    await until(async () => (await waiting()) === 1, 5000, 'it does not wait')
    stream.close(8)
    await until(async () => (await waiting()) === 0, 5000, 'it waits on')
    assert.equal((await getH2(session, '/readyz')).status, 200)
    session.destroy()
  })

  test('a stream that takes nothing holds up no other of its connection, and is ended', async () => {
    using client = await RawH2.open(server.httpsPort)
    // A window of nothing, but for the connection.
    client.send(4, 0, 0, Buffer.from('000400000000', 'hex'))
    client.get(1, segment)
    assert.equal((await client.frame(1, 1)).flags & 1, 0)
    client.get(3, PLAYLIST)
    await client.frame(1, 3)
    client.send(8, 0, 3, Buffer.from('0000ffff', 'hex'))
    const data = await client.frame(0, 3)
    assert.match(data.payload.toString(), /^#EXTM3U/)
    // `limits.http.stalledSeconds` is 3.
    assert.equal((await client.frame(3, 1)).payload.readUInt32BE(0), 8)
    client.get(5, '/readyz')
    assert.equal((await client.frame(1, 5)).stream, 5)
  })

  test('streams have their turns: a small answer overtakes a large one', async () => {
    using client = await RawH2.open(server.httpsPort)
    client.send(4, 0, 0, Buffer.from('00047fffffff', 'hex'))
    for (let id = 1; id < 40; id += 2) client.get(id, segment)
    client.get(41, PLAYLIST)
    await client.frame(1, 41)
  })
})

describe('a hostile client of HTTP/2', () => {
  /** What the connection is ended with; the server goes on. */
  async function endOf(attack: (client: RawH2) => void | Promise<void>, greets = true): Promise<number | undefined> {
    using client = await RawH2.open(server.httpsPort, greets)
    await attack(client)
    const code = await client.end()
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
    return code
  }
  const PROTOCOL_ERROR = 1
  const FLOW_CONTROL_ERROR = 3
  const FRAME_SIZE_ERROR = 6
  const COMPRESSION_ERROR = 9
  const ENHANCE_YOUR_CALM = 11

  test('that resets its streams at once is ended (CVE-2023-44487)', async () => {
    const attack = async (client: RawH2): Promise<void> => {
      for (let id = 1; id < 8000 && !client.closed; id += 2) {
        client.get(id, PLAYLIST)
        client.send(3, 0, id, Buffer.from('00000008', 'hex'))
      }
    }
    assert.equal(await endOf(attack), ENHANCE_YOUR_CALM)
  })

  test('that continues a field section without end is ended (CVE-2024-27316)', async () => {
    const endless = (client: RawH2): void => {
      client.send(1, 0, 1, Buffer.from('82', 'hex'))
      for (let i = 0; i < 40; i++) client.send(9, 0, 1, Buffer.alloc(0))
    }
    assert.equal(await endOf(endless), ENHANCE_YOUR_CALM)
    const large = (client: RawH2): void => {
      client.send(1, 0, 1, Buffer.from('82', 'hex'))
      for (let i = 0; i < 8; i++) client.send(9, 0, 1, Buffer.alloc(8192))
    }
    assert.equal(await endOf(large), ENHANCE_YOUR_CALM)
  })

  for (const [name, type, payload] of [
    ['pings', 6, Buffer.alloc(8)],
    ['settings', 4, Buffer.alloc(0)],
    ['priorities', 2, Buffer.alloc(5)],
    ['frames of no known kind', 77, Buffer.alloc(0)],
  ] as const) {
    test(`that floods with ${name} is ended`, async () => {
      const attack = (client: RawH2): void => {
        for (let i = 0; i < 3000; i++) client.send(type, 0, type === 2 ? 1 : 0, payload)
      }
      assert.equal(await endOf(attack), ENHANCE_YOUR_CALM)
    })
  }

  test('that says nothing, or half of something, is ended in time', async () => {
    assert.equal(await endOf(() => {}, false), ENHANCE_YOUR_CALM)
    assert.equal(await endOf((client) => void client.send(1, 0, 1, Buffer.from('82', 'hex'))), ENHANCE_YOUR_CALM)
  })

  test('that breaks the protocol is told so, and ended', async () => {
    const cases: readonly (readonly [number, (client: RawH2) => void])[] = [
      [PROTOCOL_ERROR, (client) => client.send(0, 0, 1, Buffer.alloc(1))],
      [PROTOCOL_ERROR, (client) => client.get(2, '/')],
      [PROTOCOL_ERROR, (client) => client.send(9, 4, 1)],
      [PROTOCOL_ERROR, (client) => client.send(5, 4, 1)],
      [PROTOCOL_ERROR, (client) => client.send(8, 0, 0, Buffer.alloc(4))],
      [PROTOCOL_ERROR, (client) => client.send(3, 0, 9, Buffer.alloc(4))],
      [PROTOCOL_ERROR, (client) => client.send(1, 0x0d, 1, Buffer.from('ff82', 'hex'))],
      [FRAME_SIZE_ERROR, (client) => client.send(6, 0, 0, Buffer.alloc(7))],
      [FRAME_SIZE_ERROR, (client) => client.send(0, 0, 1, Buffer.alloc(16_385))],
      [FLOW_CONTROL_ERROR, (client) => client.send(4, 0, 0, Buffer.from('0004ffffffff', 'hex'))],
      [FLOW_CONTROL_ERROR, (client) => client.send(8, 0, 0, Buffer.from('7fffffff', 'hex'))],
      [COMPRESSION_ERROR, (client) => client.send(1, 5, 1, Buffer.from('ffffffffff', 'hex'))],
    ]
    for (const [code, attack] of cases) assert.equal(await endOf(attack), code, String(attack))
    const greeting = (client: RawH2): void => void client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    assert.equal(await endOf(greeting, false), PROTOCOL_ERROR)
  })

  test('with a malformed request has that one reset, and the others answered', async () => {
    using client = await RawH2.open(server.httpsPort)
    const wrong = [
      ['connection', 'close'],
      ['transfer-encoding', 'chunked'],
      ['Upper', 'case'],
      ['x', 'a\r\nb: c'],
      [':path', '/twice'],
      ['te', 'gzip'],
    ]
    let id = 1
    for (const field of wrong) {
      client.get(id, '/healthz', field)
      assert.equal((await client.frame(3, id)).payload.readUInt32BE(0), PROTOCOL_ERROR, String(field))
      id += 2
    }
    client.get(id, '/healthz')
    await client.frame(1, id)
  })

  test('with fields beyond the limit is answered 431, however small they were sent', async () => {
    using client = await RawH2.open(server.httpsPort)
    // A field of 4 KB in the table, named again and again by a byte.
    const bomb = Buffer.concat([
      Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]),
      Buffer.alloc(4000, 0x62),
      Buffer.alloc(8000, 0xbe),
    ])
    client.send(1, 5, 1, bomb)
    assert.match((await client.frame(1, 1)).payload.toString('latin1'), /431/)
  })

  test('has so many streams at once and no more', async () => {
    using client = await RawH2.open(server.httpsPort)
    client.send(4, 0, 0, Buffer.from('000400000000', 'hex'))
    for (let id = 1; id <= 201; id += 2) client.get(id, segment)
    assert.equal((await client.frame(3, 201)).payload.readUInt32BE(0), 7)
  })
})
