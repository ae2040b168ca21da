import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Edge } from '../../src/deliver/edge/edge.ts'
import { agents, type ServerOf, WAYS } from '../light/edge-servers.ts'
import { announce, openPresentation, seconds } from '../light/package-packets.ts'
import { synthetic } from '../light/synthetic.ts'
import { parseMpd, secondsOf } from '../oracles/strict-mpd.ts'
import { parseMediaPlaylist } from '../oracles/strict-playlist.ts'

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
  let next = 0
  announce(broadcast, packets)
  const playUntil = (until: number): void => {
    for (let packet = packets[next]; packet && seconds(packet) < 10 + until; packet = packets[++next])
      broadcast.write(packet)
  }
  /** The answer when its headers are there. */
  const begin = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request({ port, host: '127.0.0.1', path, headers, method, agent: agent.of(method) }, resolve)
        .on('error', reject)
        .end()
    })
  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> => {
    const res = await begin(path, headers, method)
    return { status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(await res.toArray()) }
  }
  const close = async (): Promise<void> => {
    broadcast.end('stopped')
    edge.stop()
    agent.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const held = async (count: number): Promise<void> => {
    while ((edge.describe().waiting ?? 0) !== count) await new Promise((resolve) => setImmediate(resolve))
  }
  const path = (file: string, connection = 0): string =>
    `/live/choir/source/${presentation.epoch}-${connection}/${file}`
  return { edge, broadcast, presentation, playUntil, begin, get, close, held, path }
}

for (const { way, serverOf } of WAYS)
  suite(way, () => {
    suite('the edge and DASH', () => {
      let live: Awaited<ReturnType<typeof open>>
      before(async () => {
        live = await open(serverOf)
        live.playUntil(9)
      })
      after(() => live.close())
      const MANIFEST = '/live/choir/manifest.mpd'

      test('answers the manifest, whatever the query', async () => {
        const { status, headers, body } = await live.get(MANIFEST)
        assert.equal(status, 200)
        assert.equal(headers['content-type'], 'application/dash+xml')
        assert.equal(headers['cache-control'], 'public, max-age=1')
        assert.equal(headers['access-control-allow-origin'], '*')
        assert.equal(parseMpd(String(body)).utcTiming, '/time')
        const asked = await live.get(`${MANIFEST}?CMCD=ot%3Dm%2Csid%3D%22a%22&_HLS_msn=99&x=%00`)
        assert.deepEqual(asked.body, body)
        assert.equal(asked.headers.etag, headers.etag)
      })

      test('asked for before the first segment is complete, the manifest comes when the next begins', async () => {
        const early = await open(serverOf)
        early.playUntil(1)
        const asked = [early.get(MANIFEST), early.get(`${MANIFEST}?dvr=1`), early.get(MANIFEST, {}, 'HEAD')]
        await early.held(3)
        early.playUntil(3)
        const [live = assert.fail(), rewind = assert.fail(), head = assert.fail()] = await Promise.all(asked)
        assert.deepEqual([live.status, rewind.status, head.status], [200, 200, 200])
        assert.ok(parseMpd(String(live.body)).periods.length > 0)
        assert.equal(head.body.byteLength, 0)
        await early.close()
      })

      for (const { how, status } of [
        { how: 'ended', status: 200 },
        { how: 'stopped', status: 503 },
      ] as const) {
        test(`a broadcast that has ${how} before its first segment is complete: the manifest is answered with ${status}`, async () => {
          const early = await open(serverOf)
          early.playUntil(1)
          const asked = early.get(MANIFEST)
          await early.held(1)
          early.broadcast.end(how)
          assert.equal((await asked).status, status)
          await early.held(0)
          await early.close()
        })
      }

      test('says once that nothing changed, and compresses', async () => {
        const { headers, body } = await live.get(MANIFEST)
        assert.equal((await live.get(MANIFEST, { 'if-none-match': String(headers.etag) })).status, 304)
        const zipped = await live.get(MANIFEST, { 'accept-encoding': 'gzip' })
        assert.deepEqual(gunzipSync(zipped.body), body)
      })

      test('every address of the manifest is there', async () => {
        const { periods } = parseMpd(String((await live.get(MANIFEST)).body))
        for (const { representation, template } of periods.flatMap(({ sets }) => sets)) {
          assert.equal(template.kind, 'number')
          assert.equal((await live.get(`/live/choir/${template.initialization}`)).status, 200)
          const media = await live.get(`/live/choir/${template.media.replace('$Number$', '2')}`)
          const parts = live.presentation.rendition(representation)?.window.segment(2)?.parts ?? []
          assert.deepEqual(media.body, Buffer.concat(parts.map(({ bytes }) => bytes)))
        }
      })

      test('an open segment comes part by part, and is the same bytes afterwards', async () => {
        const file = '4.m4s'
        const answers = await Promise.all([
          live.begin(live.path(file)),
          live.begin(live.path(file), { range: 'bytes=0-9' }),
        ])
        for (const { statusCode, headers } of answers) {
          assert.equal(statusCode, 200)
          assert.equal(headers['content-length'], undefined)
        }
        const came: Buffer[] = []
        answers[0].on('data', (chunk: Buffer) => came.push(chunk))
        await once(answers[0], 'data')
        assert.ok(came[0]?.includes('moof'))
        const ended = once(answers[0], 'end')
        await live.held(2)
        live.playUntil(10.6)
        const other = Buffer.concat(await answers[1].toArray())
        await ended
        await live.held(0)
        const closed = await live.get(live.path(file))
        assert.ok(Buffer.concat(came).equals(closed.body))
        assert.ok(other.equals(closed.body))
        assert.equal(closed.headers.etag, answers[0].headers.etag)
        assert.equal((await live.get(live.path(file), { range: 'bytes=0-9' })).status, 206)
      })

      test('HEAD of an open segment tells what is known', async () => {
        const { status, headers, body } = await live.get(live.path('5.m4s'), {}, 'HEAD')
        assert.equal(status, 200)
        assert.equal(headers['content-type'], 'video/mp4')
        assert.equal(headers['content-length'], undefined)
        assert.equal(body.byteLength, 0)
      })

      test('a player a little early waits for the segment to begin; one far ahead does not', async () => {
        const reply = live.get(live.path('6.m4s'))
        await live.held(1)
        live.playUntil(14.6)
        assert.ok((await reply).body.byteLength > 0)
        assert.equal((await live.get(live.path('20.m4s'))).status, 404)
      })

      test('a client that leaves an open segment is forgotten', async () => {
        const answer = await live.begin(live.path('7.m4s'))
        await live.held(1)
        answer.destroy()
        await live.held(0)
      })

      test('behind a lost connection nothing comes at its addresses, and the next one’s media at its own', async () => {
        const answer = await live.begin(live.path('7.m4s'))
        live.broadcast.discontinuity()
        assert.ok(Buffer.concat(await answer.toArray()).byteLength > 0, 'what there is of an open segment')
        const nothing = await live.get(live.path('8.m4s'))
        assert.equal(nothing.body.toString('latin1'), '\0\0\0\bfree')
        announce(live.broadcast, synthetic({ seconds: 1 }))
        live.playUntil(24)
        assert.deepEqual((await live.get(live.path('8.m4s'))).body, nothing.body)
        const media = await live.get(live.path('8.m4s', 1))
        assert.ok(media.body.includes('mdat'))
        const mpd = parseMpd(String((await live.get(MANIFEST)).body))
        assert.equal(mpd.periods.length, 2)
        assert.match(mpd.periods[1]?.sets[0]?.template.media ?? '', /-1\/\$Number\$\.m4s$/)
      })

      test('the end makes the manifest static', async () => {
        live.broadcast.end('ended')
        const mpd = parseMpd(String((await live.get(MANIFEST)).body))
        assert.equal(mpd.type, 'static')
        assert.equal(mpd.attributes.get('minimumUpdatePeriod'), undefined)
      })
    })

    test('a segment begins at the same moment in DASH as in HLS, whatever came before', async (t) => {
      t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 1) })
      const live = await open(serverOf)
      t.after(() => live.close())
      const inRealTime = (from: number, until: number): void => {
        for (let at = from; at < until; at += 0.05) {
          t.mock.timers.setTime(Date.now() + 50)
          live.playUntil(at)
        }
      }
      inRealTime(0, 7)
      live.broadcast.discontinuity()
      t.mock.timers.setTime(Date.now() + 6000)
      announce(live.broadcast, synthetic({ seconds: 1 }))
      inRealTime(7, 18)
      const mpd = parseMpd(String((await live.get('/live/choir/manifest.mpd')).body))
      assert.equal(mpd.periods.length, 2)
      let compared = 0
      for (const { start, sets } of mpd.periods) {
        for (const { representation, template } of sets) {
          const hls = parseMediaPlaylist(String((await live.get(`/live/choir/${representation}.m3u8`)).body))
          for (const { msn, programDateTime } of hls.segments) {
            const media = await live.get(`/live/choir/${template.media.replace('$Number$', String(msn))}`)
            if (programDateTime === undefined || msn < template.startNumber || !media.body.includes('moof')) continue
            const tfdt = Number(media.body.readBigUInt64BE(media.body.indexOf('tfdt') + 8))
            // Sound begins with its first whole frame behind the cut, or the one across it.
            const timescale = representation === 'audio' ? 48_000 : 90_000
            const inPeriod = tfdt / timescale - template.presentationTimeOffset / template.timescale
            const moment = Date.parse(mpd.availabilityStartTime) + (secondsOf(start) + inPeriod) * 1000
            assert.ok(
              Math.abs(moment - programDateTime) < 1.1,
              `${representation} ${msn}: ${moment - programDateTime} ms apart`,
            )
            assert.ok(template.kind === 'number')
            const counted = ((msn - template.startNumber) * template.duration) / template.timescale
            assert.ok(
              Math.abs(counted - inPeriod) < 0.04,
              `${representation} ${msn}: ${counted - inPeriod} s off its number`,
            )
            compared++
          }
        }
      }
      assert.ok(compared >= 10, `${compared}`)
    })

    test('a segment of which only the picture came before the connection was lost is nothing in the sound, and no failure', async (t) => {
      const live = await open(serverOf)
      t.after(() => live.close())
      live.playUntil(5.9)
      for (const packet of synthetic({ seconds: 7, audio: false }))
        if (seconds(packet) >= 15.9 && seconds(packet) < 16.5) live.broadcast.write(packet)
      live.broadcast.discontinuity()
      const newest = live.presentation.newestCut?.msn ?? 0
      assert.ok((await live.get(live.path(`${newest}.m4s`))).body.includes('moof'), 'there is picture')
      const sound = await live.get(live.path(`${newest}.m4s`).replace('/source/', '/audio/'))
      assert.equal(sound.body.toString('latin1'), '\0\0\0\bfree')
    })

    test('open segments count among the requests that wait', async () => {
      const live = await open(serverOf, 2)
      live.playUntil(5)
      const answers = [await live.begin(live.path('2.m4s')), await live.begin(live.path('2.m4s'))]
      assert.equal((await live.get(live.path('2.m4s'))).status, 503)
      live.playUntil(7)
      for (const answer of answers) assert.ok(Buffer.concat(await answer.toArray()).byteLength > 0)
      assert.equal(live.edge.describe().waiting, 0)
      await live.close()
    })

    test('a server that stops cuts an open segment off: half of it must not look whole', async () => {
      const live = await open(serverOf)
      live.playUntil(5)
      const answer = await live.begin(live.path('2.m4s'))
      live.presentation.rendition('source')?.window.release()
      await assert.rejects(answer.toArray())
      await live.close()
    })
  })
