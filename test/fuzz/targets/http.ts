import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { cursorOf, numberOfCursor, positionOf } from '../../../src/base/cursor.ts'
import { Problem, ServerMessage } from '../../../src/contract/channel.ts'
import { QualityReport } from '../../../src/contract/insight.ts'
import { parseRange, slice } from '../../../src/deliver/edge/answer.ts'
import { Edge } from '../../../src/deliver/edge/edge.ts'
import { parseDirectives } from '../../../src/deliver/hls/delivery-directives.ts'
import { cmcdInQuery, parseCmcd } from '../../../src/formats/cmcd/cmcd.ts'
import { networkOf } from '../../../src/http/address.ts'
import { encodingFor } from '../../../src/http/content-encoding.ts'
import { ViewerQuality } from '../../../src/insight/quality/viewer-quality.ts'
import { type Harness, harness, LIVE, SETTINGS } from '../../flow/http-harness.ts'
import { announce, openPresentation } from '../../light/package-packets.ts'
import { synthetic } from '../../light/synthetic.ts'
import { framesIn, textFrame } from '../frames.ts'
import { bytesTarget, readOrRefuse, textTarget } from '../target.ts'

/** Limits that a fuzzer reaches at once are out of its way. */
const WIDE = { ...SETTINGS.http, apiRequestsPerMinute: 1_000_000_000, connections: 5000, headerSeconds: 2 }

type World = { readonly server: Harness; readonly port: number; readonly epoch: string; close(): Promise<void> }
let world: Promise<World> | undefined
let users = 0

/** One real server for all targets here, with the edge in front and a broadcast that is on air. */
async function open(): Promise<World> {
  world ??= (async () => {
    const { broadcast, presentation } = openPresentation({ liveSeconds: 20 })
    const packets = synthetic({ seconds: 8 })
    announce(broadcast, packets)
    for (const packet of packets) broadcast.write(packet)
    const edge = new Edge({
      packager: { get: (slug) => (slug === 'main' ? presentation : undefined) },
      limits: { maxWaiting: 20, stalledSeconds: 30 },
    })
    const server = await harness({ edge, settings: { http: WIDE } })
    await server.channels.create({ slug: 'main' })
    server.live.set('main', LIVE)
    const close = async (): Promise<void> => {
      broadcast.end('stopped')
      edge.stop()
      await server[Symbol.asyncDispose]()
    }
    return { server, port: Number(new URL(server.url).port), epoch: presentation.epoch, close }
  })()
  return world
}

/** The server ends with the last target that used it. */
function user(): { enter(): Promise<World>; leave(): Promise<void> } {
  let entered = false
  return {
    enter() {
      if (!entered) users++
      entered = true
      return open()
    },
    async leave() {
      if (!entered) return
      entered = false
      if (--users > 0) return
      const held = await world
      world = undefined
      await held?.close()
    },
  }
}

/** Requests that wait for media are not waited for. */
const PATIENCE_MS = 150

/** Sends bytes to the server, and answers what it said until it closed the connection. @param first is to be answered before the rest is sent */
async function conversation(port: number, bytes: Uint8Array, first?: string): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1' })
  const said: Buffer[] = []
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => said.push(chunk))
  const closed = once(socket, 'close')
  if (first !== undefined) {
    socket.write(first)
    await Promise.race([once(socket, 'data'), closed])
  }
  socket.setTimeout(PATIENCE_MS, () => socket.destroy())
  socket.end(bytes)
  await closed
  return Buffer.concat(said)
}

const CHROMIUM = `Host: 127.0.0.1:8080\r\nConnection: keep-alive\r\nsec-ch-ua-platform: "Linux"\r\nUser-Agent: Mozilla/5.0 (X11; Linux x64)\r\nAccept: */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nReferer: http://127.0.0.1:8080/c/main\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n`
const request = (line: string, more = '', body = ''): Buffer =>
  Buffer.from(`${line} HTTP/1.1\r\n${CHROMIUM}${more}\r\n${body}`)

const http = (() => {
  const { enter, leave } = user()
  return bytesTarget({
    name: 'http-server',
    says: 'whatever comes by HTTP is answered by HTTP or not at all, never by a mistake of ours',
    known: [
      request('GET /live/main/index.m3u8'),
      request('GET /live/main/video.m3u8?_HLS_msn=2&_HLS_part=1&_HLS_skip=YES'),
      request('GET /live/main/video.m3u8?CMCD=bl%3D2100%2Cbs%2Cmtp%3D4000&dvr=1'),
      request('GET /live/main/manifest.mpd', 'If-None-Match: W/"a", "b"\r\n'),
      request('GET /live/main/video/x/0.m4s', 'Range: bytes=0-99\r\nIf-Range: "x"\r\n'),
      request('HEAD /live/main/video/x/init-0.mp4'),
      request('OPTIONS /live/main/index.m3u8', 'Access-Control-Request-Method: GET\r\nOrigin: https://x.example\r\n'),
      request('GET /api/v1/channels?limit=2&cursor=Y2hhbm5lbHM6YQ'),
      request('GET /c/main', 'Accept: text/html\r\nCookie: streamhost_session=abc; a=b\r\n'),
      request('GET /assets/..%2f..%2fetc/passwd'),
      request('POST /api/v1/session', 'Content-Type: application/json\r\nContent-Length: 16\r\n', '{"token":"at_x"}'),
      request(
        'POST /api/v1/session',
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n',
        '10\r\n{"token":"at_x"}\r\n0\r\n\r\n',
      ),
      request(
        'GET /api/v1/channels/main/ws',
        'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
      ),
    ],
    async check(bytes) {
      const { port } = await enter()
      const answer = await conversation(port, bytes)
      if (answer.byteLength === 0) return
      const head = answer.subarray(0, 16).toString('latin1')
      assert.match(head, /^HTTP\/1\.1 [1-5]\d\d /)
      assert.doesNotMatch(head, /^HTTP\/1\.1 500/)
      assert.ok(!answer.includes('problem-internal'))
    },
    close: leave,
  })
})()

const api = (() => {
  const { enter, leave } = user()
  return textTarget({
    name: 'api-request',
    says: 'whatever an admin asks of the API is answered with data or with a problem, never by a mistake of ours',
    known: [
      'GET /api/v1/channels?limit=2&cursor=Y2hhbm5lbHM6YQ',
      'GET /api/v1/audit?action=chat&channel=main&cursor=YXVkaXQ6Mw',
      'GET /api/v1/channels/main/ingest?since=2026-01-01T00:00:00Z',
      'GET /api/v1/channels/main/chat/messages?limit=2&cursor=x&person=y',
      'POST /api/v1/channels\n{"slug":"x1","title":"X","key":"sk_01234567890123456789"}',
      'PATCH /api/v1/channels/main\n{"title":"Choir"}',
      'POST /api/v1/channels/main/key\n{"key":"sk_01234567890123456789"}',
      'POST /api/v1/channels/main/end\n{}',
      'PATCH /api/v1/channels/main/chat/room\n{"mode":"slow","slowSeconds":5}',
      'POST /api/v1/channels/main/chat/restrictions\n{"person":"p","kind":"quiet","seconds":60,"address":true}',
      'DELETE /api/v1/channels/main/chat/messages/1',
      'POST /api/v1/channels/main/quality\n{"player":"abcdefgh","engine":"hls","playedMs":1,"stalls":0,"stalledMs":0,"droppedFrames":0,"shownFrames":1,"rescues":0}',
      'POST /api/v1/page-errors\n{"message":"x","page":"/c/main","stack":"a\\nb"}',
    ],
    words: [
      'GET ',
      'POST ',
      'PATCH ',
      'DELETE ',
      '/api/v1/',
      'channels',
      '/',
      'main',
      '?',
      '&',
      '=',
      'limit',
      'cursor',
      '%00',
      '%2e%2e',
      '\n',
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      'null',
      '1e999',
      '-1',
      '__proto__',
      'constructor',
      '"slug"',
      '"title"',
      '\\u0000',
      '\ud800',
      '9007199254740993',
    ],
    async check(text) {
      const { server } = await enter()
      const [head = '', ...rest] = text.split('\n')
      const [method = '', url = ''] = head.split(' ', 2)
      if (!/^(GET|POST|PATCH|DELETE)$/.test(method) || !url.startsWith('/api/') || !isVisible(url)) return
      // The one channel stays, and the file of the document is not what is asked about.
      if ((method === 'DELETE' && /channels\/main\/?$/.test(url)) || url.includes('openapi')) return
      const payload = rest.join('\n')
      const answer = await server.http.inject({
        method: method as 'GET',
        url,
        ...(payload === '' ? {} : { payload, headers: { 'content-type': 'application/json' } }),
      })
      assert.ok(answer.statusCode < 500, `${answer.statusCode} ${answer.body.slice(0, 200)}`)
      if (answer.statusCode >= 400) assert.equal(Problem.parse(answer.json()).status, answer.statusCode)
    },
    close: leave,
  })
})()

/** What can stand in a request line at all. */
const isVisible = (url: string): boolean => /^[\x21-\x7e]+$/.test(url)

const UPGRADE =
  'GET /api/v1/channels/main/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

const socket = (() => {
  const { enter, leave } = user()
  const join = { type: 'join', name: 'Anna', after: 3 }
  return bytesTarget({
    name: 'websocket-frames',
    says: 'whatever comes through a page’s WebSocket, the server says whole frames of its protocol, or closes with a code that is one',
    known: [
      [],
      textFrame(JSON.stringify(join)),
      Buffer.concat([
        textFrame(JSON.stringify(join)),
        textFrame('{"type":"say","id":1,"text":"hello"}'),
        textFrame('{"type":"react","kind":"heart"}'),
        textFrame('{"type":"rename","name":"Bert"}'),
        textFrame('{"type":"watching","player":"abcdefgh","playing":true}'),
      ]),
      Buffer.concat([textFrame('{"type":', 0x01), textFrame('"join"}', 0x80)]),
      Buffer.concat([textFrame('ping', 0x89), textFrame('pong', 0x8a), textFrame('\u0003\ufffd', 0x88)]),
      textFrame('x'.repeat(5000)),
      textFrame('{"type":"join","token":"sk_0123456789abcdefghij"}', 0xc1),
    ],
    async check(bytes) {
      const { port } = await enter()
      const said = await conversation(port, bytes, UPGRADE)
      const end = said.indexOf('\r\n\r\n')
      assert.match(said.subarray(0, 13).toString('latin1'), /^HTTP\/1\.1 101 /)
      for (const { opcode, payload } of framesIn(said.subarray(end + 4))) {
        if (opcode === 1) ServerMessage.parse(JSON.parse(payload.toString()))
        else if (opcode === 8) assert.ok(payload.byteLength === 0 || isCloseCode(payload.readUInt16BE(0)))
        else assert.ok(opcode === 9 || opcode === 10, `opcode ${opcode}`)
      }
    },
    close: leave,
  })
})()

/** RFC 6455 section 7.4. */
const isCloseCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && code !== 1005 && code !== 1006) || code >= 3000

const directives = textTarget({
  name: 'hls-directives',
  says: 'delivery directives are whole numbers that are exact, or a sentence that refuses them',
  known: ['_HLS_msn=12&_HLS_part=3&_HLS_skip=YES', 'dvr=1', '_HLS_part=0'],
  words: [
    '_HLS_msn',
    '_HLS_part',
    '_HLS_skip',
    '=',
    '&',
    'YES',
    'v2',
    '9',
    '0',
    '-',
    '+',
    '%',
    '1e9',
    '9999999999999999',
  ],
  check(text) {
    const read = parseDirectives(text)
    if (typeof read === 'string') return assert.match(read, /^_HLS_/)
    assert.ok(read.msn === undefined || Number.isSafeInteger(read.msn))
    assert.ok(read.part === undefined || (Number.isSafeInteger(read.part) && read.msn !== undefined))
  },
})

const MEDIA = [new Uint8Array(3), new Uint8Array(0), new Uint8Array(7)]

const range = textTarget({
  name: 'http-range',
  says: 'a Range is passed over, refused, or names bytes that are there, and exactly those are cut out',
  known: ['bytes=0-4', 'bytes=5-', 'bytes=-3', 'bytes=0-1,3-4', 'items=0-1'],
  words: ['bytes', '=', '-', ',', '0', '9', '10', ' ', '99999999999999999999'],
  check(text) {
    const read = parseRange(text, 10)
    if (read === undefined || read === 'unsatisfiable') return
    assert.ok(read.first >= 0 && read.first <= read.last && read.last < 10, JSON.stringify(read))
    const length = slice(MEDIA, read.first, read.last).reduce((sum, each) => sum + each.byteLength, 0)
    assert.equal(length, read.last - read.first + 1)
  },
})

const cmcd = textTarget({
  name: 'cmcd',
  says: 'what players tell of themselves is read or passed over, and its numbers are whole and finite',
  known: ['bl=2100,bs,mtp=4000', 'CMCD=bl%3D2100%2Cbs&x=1', 'cid="a,bs=true",ot=v'],
  words: ['bl', 'bs', 'mtp', '=', ',', '"', '%2C', '%3D', '%', 'CMCD=', '&', 'true', '9', '-1', '1e9', ' '],
  check(text) {
    for (const given of [text, cmcdInQuery(text) ?? '']) {
      const { bufferMs, throughputKbps, starved } = parseCmcd(given)
      assert.equal(typeof starved, 'boolean')
      for (const value of [bufferMs, throughputKbps]) assert.ok(value === undefined || Number.isSafeInteger(value))
    }
  },
})

const quality = textTarget({
  name: 'quality-report',
  says: 'a report of quality is refused or counted, and no figure becomes anything but a number',
  known: [
    '{"player":"abcdefgh","engine":"hls","startupMs":900,"playedMs":30000,"stalls":1,"stalledMs":500,"latencyMs":1800,"droppedFrames":2,"shownFrames":900,"throughput":4000000,"rendition":"video","rescues":0}',
    '{"player":"abcdefgh","engine":"dash","playedMs":0,"stalls":0,"stalledMs":0,"droppedFrames":0,"shownFrames":0,"rescues":0,"failed":"codec"}',
  ],
  words: [
    '{',
    '}',
    '"',
    ':',
    ',',
    'null',
    '0',
    '-0',
    '1e308',
    '0.5',
    '1000000000',
    '"rendition"',
    '"failed"',
    '__proto__',
    '"constructor"',
  ],
  check(text) {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      return
    }
    const report = QualityReport.safeParse(json)
    if (!report.success) return
    const viewers = new ViewerQuality({ isRendition: (_, name) => name === 'video' })
    viewers.report('main', report.data)
    for (const metric of viewers.metrics()) {
      for (const each of metric.values) {
        const { labels } = each
        if ('value' in each) assert.ok(Number.isFinite(each.value), metric.name)
        assert.ok(Object.values(labels ?? {}).every((label) => label.length < 64))
      }
    }
  },
})

const cursor = textTarget({
  name: 'cursor',
  says: 'a cursor is refused, or is the very one that was made for its position',
  known: [cursorOf('channels', 'main'), cursorOf('audit', 12)],
  words: ['Y2hhbm5lbHM6', 'YXVkaXQ6', '=', '-', '_', '+', '/', 'A', '\u0000'],
  check(text) {
    const position = readOrRefuse(() => positionOf('channels', text))
    if (position !== undefined) assert.equal(cursorOf('channels', position), text)
    const number = readOrRefuse(() => numberOfCursor('audit', text))
    if (number !== undefined) assert.ok(Number.isSafeInteger(number) && number >= 0)
  },
})

const header = textTarget({
  name: 'http-header',
  says: 'any Accept-Encoding chooses a form that is there, and any address is counted under some name',
  known: ['gzip, deflate, br;q=0.5', 'identity;q=1, *;q=0', '2001:db8::1', '::ffff:192.0.2.1', '192.0.2.1'],
  words: ['gzip', 'br', ';', 'q=0', '.', '0', ',', ' ', '*', ':', '::', 'ffff', '%eth0', '1'],
  check(text) {
    const form = encodingFor(text, { br: undefined, gzip: new Uint8Array(1) })
    assert.ok(form === undefined || form === 'gzip')
    assert.equal(typeof networkOf(text), 'string')
  },
})

export const httpTargets = [http, api, socket, directives, range, cmcd, quality, cursor, header]
