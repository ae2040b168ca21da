import assert from 'node:assert/strict'
import { type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { Edge } from '../../src/deliver/edge/edge.ts'
import { agents, type ServerOf, WAYS } from '../light/edge-servers.ts'
import { announce, openPresentation, seconds } from '../light/package-packets.ts'
import { synthetic } from '../light/synthetic.ts'

type Reply = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }

async function open(serverOf: ServerOf) {
  const { broadcast, presentation } = openPresentation({ liveSeconds: 20 })
  const edge = new Edge({
    packager: { get: (slug) => (slug === 'choir' ? presentation : undefined) },
    limits: { maxWaiting: 100, stalledSeconds: 30 },
  })
  const server = serverOf(edge)
  const agent = agents()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const packets = synthetic({ seconds: 5 })
  announce(broadcast, packets)
  for (const packet of packets) if (seconds(packet) < 14.5) broadcast.write(packet)
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const req = request({ port, host: '127.0.0.1', path, headers, method, agent: agent.of(method) }, (res) => {
        const chunks: Buffer[] = []
        res.on('data', (chunk: Buffer) => chunks.push(chunk))
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }))
      })
      req.on('error', reject)
      req.end(method === 'GET' && headers['content-length'] !== undefined ? 'body' : undefined)
    })
  /** What the server writes on a connection of its own until it closes it. */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text))
      let answer = ''
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1')
      })
      socket.on('end', () => resolve(answer))
      socket.on('error', reject)
    })
  const held = async (count: number): Promise<void> => {
    while ((edge.describe().waiting ?? 0) < count) await new Promise((resolve) => setImmediate(resolve))
  }
  const next = (): { readonly msn: number; readonly part: number } => {
    const position = presentation.rendition('source')?.window.next
    assert.ok(position)
    return position
  }
  const close = async (): Promise<void> => {
    broadcast.end('stopped')
    edge.stop()
    agent.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  server.unref()
  return { edge, broadcast, presentation, get, raw, held, next, close }
}

for (const { way, serverOf } of WAYS)
  suite(way, () => {
    suite('the edge and RFC 9110', () => {
      let edge: Awaited<ReturnType<typeof open>>
      let segment: string
      before(async () => {
        edge = await open(serverOf)
        segment = `/live/choir/source/${edge.presentation.epoch}/1.m4s`
      })
      after(() => edge.close())

      test('Range means nothing to HEAD', async () => {
        const { status, headers } = await edge.get(segment, { range: 'bytes=0-9' }, 'HEAD')
        assert.equal(status, 200)
        assert.equal(headers['content-length'], (await edge.get(segment)).headers['content-length'])
      })

      test('If-Range with another tag gets the whole', async () => {
        const { etag } = (await edge.get(segment)).headers
        assert.equal((await edge.get(segment, { range: 'bytes=0-9', 'if-range': '"other"' })).status, 200)
        assert.equal((await edge.get(segment, { range: 'bytes=0-9', 'if-range': String(etag) })).status, 206)
      })

      test('an answer without content has no Content-Length', async () => {
        const { status, headers } = await edge.get(segment, { origin: 'https://example.com' }, 'OPTIONS')
        assert.equal(status, 204)
        assert.equal(headers['content-length'], undefined)
        assert.equal(headers['access-control-allow-origin'], '*')
      })

      test('a compressed playlist and a plain one do not share a strong tag', async () => {
        const plain = (await edge.get('/live/choir/source.m3u8')).headers.etag
        const zipped = (await edge.get('/live/choir/source.m3u8', { 'accept-encoding': 'gzip' })).headers.etag
        assert.ok(plain !== zipped || String(plain).startsWith('W/'), `${plain} ${zipped}`)
        assert.equal((await edge.get('/live/choir/source.m3u8', { 'if-none-match': String(plain) })).status, 304)
      })

      test('gzip that is refused is not sent', async () => {
        const { headers } = await edge.get('/live/choir/source.m3u8', { 'accept-encoding': 'gzip;q=0, identity' })
        assert.equal(headers['content-encoding'], undefined)
      })

      test('a GET with a body is answered, and the connection goes on', async () => {
        const ask = `GET /live/choir/index.m3u8 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody`
        const answers = await edge.raw(`${ask}GET ${segment} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
        assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200'])
      })
    })

    test('one connection cannot take the places of many: a second request on it that would wait is refused', async () => {
      const { edge, raw, held, next, broadcast, close } = await open(serverOf)
      const { msn, part } = next()
      const ask = `GET /live/choir/source.m3u8?_HLS_msn=${msn}&_HLS_part=${part} HTTP/1.1\r\nHost: x\r\n`
      const answers = raw(`${ask}\r\n${ask}\r\n${ask}Connection: close\r\n\r\n`)
      await held(1)
      assert.equal(edge.describe().waiting, 1)
      broadcast.end('ended')
      const statuses = (await answers).match(/HTTP\/1\.1 \d+/g)
      assert.deepEqual(statuses, ['HTTP/1.1 200', 'HTTP/1.1 503', 'HTTP/1.1 503'])
      await close()
    })

    test('when the server stops, one who waits is asked to come again: no answer without its part is kept under its address', async () => {
      const { get, held, next, broadcast, presentation, close } = await open(serverOf)
      const { msn, part } = next()
      const replies = [
        get(`/live/choir/source.m3u8?_HLS_msn=${msn}&_HLS_part=${part + 20}`),
        get(`/live/choir/source.m3u8?_HLS_msn=${msn + 1}`),
      ]
      await held(2)
      broadcast.end('stopped')
      for (const { status, headers } of await Promise.all(replies)) {
        assert.equal(status, 503)
        assert.equal(headers['cache-control'], 'no-store')
        assert.equal(headers['retry-after'], '1')
      }
      assert.equal(presentation.ended, false)
      await close()
    })

    test('the end is not kept under an address that the next broadcast may use', async () => {
      const { get, next, broadcast, close } = await open(serverOf)
      const { msn } = next()
      broadcast.end('ended')
      for (const query of ['', `?_HLS_msn=${msn + 1}&_HLS_part=0`]) {
        const { status, headers, body } = await get(`/live/choir/source.m3u8${query}`)
        assert.equal(status, 200)
        assert.match(String(body), /#EXT-X-ENDLIST\n$/)
        assert.equal(headers['cache-control'], 'public, max-age=1')
      }
      await close()
    })
  })
