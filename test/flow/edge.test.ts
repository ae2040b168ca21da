import assert from 'node:assert/strict'
import { type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { Edge } from '../../src/deliver/edge/edge.ts'
import type { Broadcast } from '../../src/live/broadcast.ts'
import type { Packet } from '../../src/media/packet.ts'
import type { Presentation } from '../../src/packager/presentation.ts'
import { captionSei, popOn } from '../light/captions.ts'
import { agents, type ServerOf, WAYS } from '../light/edge-servers.ts'
import { announce, openPresentation } from '../light/package-packets.ts'
import { synthetic } from '../light/synthetic.ts'

type Reply = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }

/** An edge with a broadcast of which `play` sends more: media comes only when the test says so. */
async function open(serverOf: ServerOf, maxWaiting = 100) {
  const { broadcast, presentation } = openPresentation({ liveSeconds: 20 })
  const edge = new Edge({
    packager: { get: (slug) => (slug === 'choir' ? presentation : undefined) },
    limits: { maxWaiting, stalledSeconds: 30 },
  })
  const server = serverOf(edge)
  const agent = agents()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const packets = synthetic({ seconds: 60 })
  announce(broadcast, packets)
  let next = 0
  const playUntil = (seconds: number): void => {
    for (let packet = packets[next]; packet && at(packet) < 10 + seconds; packet = packets[++next])
      broadcast.write(packet)
  }
  const get = (
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
    signal?: AbortSignal,
  ): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const req = request(
        { port, host: '127.0.0.1', path, headers, method, agent: agent.of(method), ...(signal ? { signal } : {}) },
        (res) => {
          const chunks: Buffer[] = []
          res.on('data', (chunk: Buffer) => chunks.push(chunk))
          res.on('end', () =>
            resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }),
          )
        },
      )
      req.on('error', reject)
      req.end()
    })
  const close = async (): Promise<void> => {
    broadcast.end('stopped')
    edge.stop()
    agent.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { edge, broadcast, presentation, playUntil, get, close }
}
const at = (packet: Packet): number => packet.dts / (packet.trackId === 1 ? 90_000 : 48_000)

/** Waits until the edge holds so many requests. */
async function held(edge: Edge, count: number): Promise<void> {
  while ((edge.describe().waiting ?? 0) < count) await new Promise((resolve) => setImmediate(resolve))
}

for (const { way, serverOf } of WAYS)
  suite(way, () => {
    suite('the edge', () => {
      let edge: Edge
      let broadcast: Broadcast
      let presentation: Presentation
      let playUntil: (seconds: number) => void
      let get: (path: string, headers?: Record<string, string>, method?: string, signal?: AbortSignal) => Promise<Reply>
      let close: () => Promise<void>
      before(async () => {
        ;({ edge, broadcast, presentation, playUntil, get, close } = await open(serverOf))
        playUntil(9)
      })
      after(() => close())
      const media = (file: string): string => `/live/choir/source/${presentation.epoch}/${file}`
      const edgeOf = (): { msn: number; part: number | undefined } => {
        const position = presentation.rendition('source')?.window.edge
        assert.ok(position)
        return position
      }

      test('leaves what is not live media to the next handler', async () => {
        assert.equal((await get('/api/v1/channels')).status, 418)
      })

      test('answers the multivariant playlist with both renditions', async () => {
        const { status, headers, body } = await get('/live/choir/index.m3u8')
        assert.equal(status, 200)
        assert.equal(headers['content-type'], 'application/vnd.apple.mpegurl')
        assert.match(
          String(body),
          /CODECS="avc1\.64001e,mp4a\.40\.2",RESOLUTION=640x360,FRAME-RATE=30\.000,AUDIO="audio",CLOSED-CAPTIONS=NONE\nsource\.m3u8/,
        )
      })

      test('a segment is its parts joined, byte for byte', async () => {
        const parts: Buffer[] = []
        for (let part = 0; ; part++) {
          const reply = await get(media(`1.${part}.m4s`))
          if (reply.status !== 200) break
          parts.push(reply.body)
        }
        assert.equal(parts.length, 6)
        assert.deepEqual(Buffer.concat(parts), (await get(media('1.m4s'))).body)
      })

      test('media is immutable and for everyone', async () => {
        const { headers } = await get(media('1.m4s'))
        assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
        assert.equal(headers['access-control-allow-origin'], '*')
        assert.equal(headers['content-type'], 'video/mp4')
        assert.ok(headers.etag)
        assert.equal((await get(media('1.m4s'), { 'if-none-match': String(headers.etag) })).status, 304)
      })

      test('HEAD has the headers of GET and no body', async () => {
        const { headers, body, status } = await get(media('1.m4s'), {}, 'HEAD')
        assert.equal(status, 200)
        assert.equal(body.byteLength, 0)
        assert.equal(Number(headers['content-length']), (await get(media('1.m4s'))).body.byteLength)
      })

      const ranges = [
        { name: 'the first bytes', range: 'bytes=0-9', first: 0, last: 9 },
        { name: 'across two parts', range: 'bytes=4000-9000', first: 4000, last: 9000 },
        { name: 'from an offset', range: 'bytes=100-', first: 100, last: undefined },
        { name: 'the last bytes', range: 'bytes=-7', first: -7, last: undefined },
      ]
      for (const { name, range, first, last } of ranges) {
        test(`a range is answered with 206: ${name}`, async () => {
          const whole = (await get(media('1.m4s'))).body
          const { status, body } = await get(media('1.m4s'), { range })
          assert.equal(status, 206)
          assert.deepEqual(body, whole.subarray(first, last === undefined ? undefined : last + 1))
        })
      }
      test('a range behind the end is 416', async () => {
        assert.equal((await get(media('1.m4s'), { range: 'bytes=99999999-' })).status, 416)
      })

      for (const path of [
        '/live/other/index.m3u8',
        '/live/choir/nothing.m3u8',
        '/live/choir/source/00/1.m4s',
        '/live/choir/../x',
        '/live/choir/source/%2e/1.m4s',
      ]) {
        test(`404 that caches forget after a second: ${path}`, async () => {
          const { status, headers } = await get(path)
          assert.equal(status, 404)
          assert.equal(headers['cache-control'], 'public, max-age=1')
        })
      }

      for (const [query, why] of [
        ['_HLS_part=1', 'a part without a segment'],
        ['_HLS_msn=x', 'not a number'],
        ['_HLS_msn=9', 'more than two ahead'],
      ] as const) {
        test(`400: ${why}`, async () => assert.equal((await get(`/live/choir/source.m3u8?${query}`)).status, 400))
      }

      test('writing is refused', async () => {
        assert.equal((await get('/live/choir/source.m3u8', {}, 'POST')).status, 405)
      })

      test('a delta update is given for _HLS_skip=YES alone', async () => {
        playUntil(30)
        assert.match(
          String((await get('/live/choir/source.m3u8?_HLS_skip=YES')).body),
          /#EXT-X-SKIP:SKIPPED-SEGMENTS=\d/,
        )
        assert.doesNotMatch(String((await get('/live/choir/source.m3u8?_HLS_skip=v2')).body), /EXT-X-SKIP/)
        assert.doesNotMatch(String((await get('/live/choir/source.m3u8?anything=YES')).body), /EXT-X-SKIP/)
      })

      test('a blocked playlist comes when its part is there, and a preload hint with it', async () => {
        const { msn, part = 0 } = edgeOf()
        const playlist = get(`/live/choir/source.m3u8?_HLS_msn=${msn}&_HLS_part=${part + 1}`)
        const hinted = get(media(`${msn}.${part + 1}.m4s`))
        await held(edge, 2)
        playUntil(30 + 0.5)
        assert.match(String((await playlist).body), new RegExp(`${msn}\\.${part + 1}\\.m4s`))
        assert.equal((await hinted).status, 200)
      })

      test('_HLS_part beyond the last part of a segment means part 0 of the next', async () => {
        const { msn } = edgeOf()
        const reply = get(`/live/choir/source.m3u8?_HLS_msn=${msn}&_HLS_part=6`)
        await held(edge, 1)
        playUntil(32.5)
        assert.match(String((await reply).body), new RegExp(`/${msn + 1}\\.0\\.m4s`))
      })

      test('_HLS_msn alone waits for the whole segment', async () => {
        const { msn } = edgeOf()
        const reply = get(`/live/choir/source.m3u8?_HLS_msn=${msn}`)
        await held(edge, 1)
        playUntil(34.5)
        assert.match(String((await reply).body), new RegExp(`#EXTINF:2,\\nsource/${presentation.epoch}/${msn}\\.m4s`))
      })

      test('a client that leaves is forgotten', async () => {
        const { msn, part = 0 } = edgeOf()
        const leaving = new AbortController()
        const reply = get(`/live/choir/source.m3u8?_HLS_msn=${msn}&_HLS_part=${part + 1}`, {}, 'GET', leaving.signal)
        await held(edge, 1)
        leaving.abort()
        await assert.rejects(reply)
        while (edge.describe().waiting !== 0) await new Promise((resolve) => setImmediate(resolve))
        assert.equal(presentation.rendition('source')?.window.waiting, 0)
      })

      test('compressed and plain playlists say the same', async () => {
        const zipped = await get('/live/choir/source.m3u8', { 'accept-encoding': 'gzip' })
        assert.equal(zipped.headers['content-encoding'], 'gzip')
        const { gunzipSync } = await import('node:zlib')
        assert.deepEqual(gunzipSync(zipped.body), (await get('/live/choir/source.m3u8')).body)
      })

      test('the end releases all that wait, with an ENDLIST', async () => {
        const { msn } = edgeOf()
        const reply = get(`/live/choir/source.m3u8?_HLS_msn=${msn + 1}&_HLS_part=0`)
        await held(edge, 1)
        broadcast.end('ended')
        assert.match(String((await reply).body), /#EXT-X-ENDLIST/)
      })
    })

    test('no more requests may wait than the limit says; the next is asked to come again', async () => {
      const { edge, presentation, playUntil, get, close } = await open(serverOf, 2)
      playUntil(5)
      const position = presentation.rendition('source')?.window.edge
      const path = `/live/choir/source.m3u8?_HLS_msn=${position?.msn}&_HLS_part=${(position?.part ?? 0) + 1}`
      const waiting = [get(path), get(path)]
      await held(edge, 2)
      const refused = await get(path)
      assert.equal(refused.status, 503)
      assert.equal(refused.headers['retry-after'], '1')
      playUntil(6)
      for (const reply of await Promise.all(waiting)) assert.equal(reply.status, 200)
      await close()
    })

    test('captions that appear in the middle of a broadcast are in the multivariant playlist from then on', async () => {
      const { broadcast, presentation, playUntil, get, close } = await open(serverOf)
      playUntil(4)
      assert.match(String((await get('/live/choir/index.m3u8')).body), /CLOSED-CAPTIONS=NONE/)
      const { revision } = presentation
      const sei = captionSei(popOn('Hi'))
      const data = Buffer.concat([Buffer.from([0, 0, 0, sei.length]), sei, Buffer.from([0, 0, 0, 2, 0x65, 1])])
      broadcast.write({ trackId: 1, dts: Math.round(14.0001 * 90_000), cts: 0, isSync: false, data })
      assert.match(
        String((await get('/live/choir/index.m3u8')).body),
        /TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME="Captions",AUTOSELECT=YES,INSTREAM-ID="CC1"\n.*,CLOSED-CAPTIONS="captions"\n/s,
      )
      assert.equal(presentation.revision, revision, 'nobody loads anew because of it')
      await close()
    })
  })
