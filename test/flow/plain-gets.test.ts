import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Edge } from '../../src/deliver/edge/edge.ts'
import type { Http } from '../../src/http/build-http.ts'
import { H1Server } from '../../src/http/h1/h1-server.ts'
import { makeHttpServer } from '../../src/http/http-server.ts'
import { packageAll } from '../light/package-packets.ts'
import { synthetic } from '../light/synthetic.ts'

const LIMITS = {
  ...{ connections: 1000, connectionsPerAddress: 100, headerBytes: 8192, headerSeconds: 10 },
  ...{ bodyBytes: 65_536, apiRequestsPerMinute: 600 },
}

/** Says what it was asked, once it has it all. */
const echo = {
  handler: async (req: IncomingMessage, res: ServerResponse) => {
    const body = await textOf(req).catch(() => 'cut off')
    res.writeHead(418, { 'x-asked': `${req.method} ${encodeURI(req.url ?? '')}` }).end(body)
  },
  upgrade: (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
} as Partial<Http> as Http

const presentation = packageAll(synthetic({ seconds: 9 }), { liveSeconds: 20 })
const PLAYLIST = '/live/choir/source.m3u8'
const SEGMENT = `/live/choir/source/${presentation.epoch}/1.m4s`
const PART = `/live/choir/source/${presentation.epoch}/1.2.m4s`

const ask = (line: string, ...fields: string[]): string => [line, ...fields, '', ''].join('\r\n')
const get = (address: string, ...fields: string[]): string => ask(`GET ${address} HTTP/1.1`, 'Host: a', ...fields)
const LAST = get('/last', 'Connection: close')

const HOSTS = 'Host: a.example:8080'
const ORDINARY: readonly string[] = [
  ...['/live/choir/index.m3u8', PLAYLIST, '/live/choir/audio.m3u8', '/live/choir/manifest.mpd'].map((at) => get(at)),
  ...[PART, SEGMENT, `/live/choir/source/${presentation.epoch}/init-0.mp4`].map((at) => get(at)),
  get(PLAYLIST, 'Accept-Encoding: gzip, deflate, br'),
  get(`${PLAYLIST}?_HLS_skip=YES`, 'accept-encoding:gzip'),
  get(`${PLAYLIST}?_HLS_msn=1&_HLS_part=0`),
  get(`${PLAYLIST}?_HLS_msn=x`),
  get(`${PLAYLIST}?_HLS_msn=999`),
  get(`${PLAYLIST}?CMCD=bl%3D2100%2Cbs%2Csid%3D%22a-b%22`),
  get(PLAYLIST, 'CMCD-Request: bl=2100', 'CMCD-Status: bs', 'If-None-Match: *'),
  get(PART, 'Range: bytes=0-9'),
  get(PART, 'Range: bytes=99999999-'),
  get(PART, 'Range: bytes=0-1,3-4'),
  get(PART, 'Range: bytes=-7', 'If-Range: "other"'),
  get(SEGMENT, 'Range: bytes=4000-9000'),
  ...['/live/other/index.m3u8', '/live/choir', '/live/', '/live/choir/source/00/1.m4s', '/live/choir/../x'].map((at) =>
    get(at),
  ),
  get('/live/choir/poster.jpg'),
  get('/live/choir.flv'),
  get('/api/v1/channels'),
  ask(`GET ${PLAYLIST} HTTP/1.1`, HOSTS, 'User-Agent: Mozilla/5.0 (X11)', 'Accept: */*', 'Connection: keep-alive'),
  ask(`HEAD ${SEGMENT} HTTP/1.1`, HOSTS),
  ask(`OPTIONS ${SEGMENT} HTTP/1.1`, HOSTS, 'Origin: https://b.example', 'Access-Control-Request-Method: GET'),
  `${ask(`POST ${PLAYLIST} HTTP/1.1`, HOSTS, 'Content-Length: 4')}body`,
  `${ask('POST /api HTTP/1.1', HOSTS, 'Transfer-Encoding: chunked')}4\r\nbody\r\n0\r\n\r\n`,
]

const RARE: readonly string[] = [
  ask(`GET ${PLAYLIST} HTTP/1.0`),
  ask(`GET ${PLAYLIST} HTTP/1.0`, 'Connection: keep-alive'),
  get(PLAYLIST, 'Connection: close'),
  get(PLAYLIST, 'Connection: Keep-Alive, x'),
  get(PLAYLIST, 'Connection: keep-alive', 'Connection: close'),
  get(PLAYLIST, 'Proxy-Connection: close'),
  get(PLAYLIST, 'Connection: upgrade', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
  get(PLAYLIST, 'Connection: upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: a'),
  get(PLAYLIST, 'Expect: 100-continue'),
  get(PLAYLIST, 'Expect: more'),
  get(PLAYLIST, 'TE: trailers'),
  get(PLAYLIST, 'Range: bytes=0-1', 'Range: bytes=2-3'),
  get(PLAYLIST, 'Accept-Encoding: identity', 'Accept-Encoding: gzip'),
  get(PLAYLIST, 'If-None-Match: "a"', 'If-None-Match: *'),
  get(PLAYLIST, 'Accept-Encoding: \t gzip \t '),
  get(PLAYLIST, 'Accept-Encoding:'),
  get(PLAYLIST, ...Array.from({ length: 70 }, (_, at) => `X-${at}: a`)),
  get(PLAYLIST, ...Array.from({ length: 120 }, (_, at) => `X-${at}: a`), 'If-None-Match: *'),
  get(`http://a${PLAYLIST}`),
  get(`https://b${PLAYLIST}`),
  get(`${PLAYLIST}#part`),
  get('/live/choir/%73ource.m3u8'),
  get('/live/choir/"source".m3u8'),
  get(`${PLAYLIST}?a|b\\c{d}`),
  get('*'),
  `\r\n${get(PLAYLIST)}`,
  `${get(PLAYLIST)}\r\n`,
  get(PLAYLIST) + get(SEGMENT) + get('/api') + get(PLAYLIST),
  `${get(PLAYLIST)}GET /live/choi`,
  `${ask(`GET ${PLAYLIST} HTTP/1.1`, HOSTS, 'Content-Length: 4')}body${get(PART)}`,
  ask(`GET ${PLAYLIST} HTTP/1.1`, HOSTS, 'Content-Length: 0'),
  `${get(PLAYLIST, 'Transfer-Encoding: chunked')}0\r\n\r\n${get(PART)}`,
  get(PLAYLIST, 'Via: 1.1 proxy', 'X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https', 'Forwarded: for=b'),
]

const HOSTILE: readonly string[] = [
  ask(`GET ${PLAYLIST} HTTP/1.1`),
  ask(`GET ${PLAYLIST} HTTP/1.1`, 'Host: a', 'Host: b'),
  ask(`GET ${PLAYLIST} HTTP/1.1`, 'Host: a', 'host: a'),
  ask(`GET ${PLAYLIST} HTTP/1.1`, 'Host:'),
  get(PLAYLIST, 'Content-Length: 4', 'Content-Length: 5'),
  `${get(PLAYLIST, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  `${get(PLAYLIST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}0\r\n\r\n`,
  `${get(PLAYLIST, 'Transfer-Encoding : chunked')}0\r\n\r\n`,
  `${get(PLAYLIST, 'Transfer-Encoding\t: chunked')}0\r\n\r\n`,
  `${get(PLAYLIST, 'Transfer-Encoding:\x0bchunked')}0\r\n\r\n`,
  `${get(PLAYLIST, 'X: y\nTransfer-Encoding: chunked')}0\r\n\r\n`,
  `${get(PLAYLIST, 'X: y\rTransfer-Encoding: chunked')}0\r\n\r\n`,
  get(PLAYLIST, 'X: y', ' Transfer-Encoding: chunked'),
  get(PLAYLIST, 'X: y', '\tz'),
  get(PLAYLIST, 'Content-Length: -1'),
  get(PLAYLIST, 'Content-Length: +4'),
  get(PLAYLIST, 'Content-Length: 0x4'),
  get(PLAYLIST, 'Content-Length: 1e1'),
  get(PLAYLIST, 'no colon'),
  get(PLAYLIST, ': no name'),
  get(PLAYLIST, 'na me: x'),
  get(PLAYLIST, 'n\x00me: x'),
  get(PLAYLIST, 'n\xe4me: x'),
  get(PLAYLIST, 'X: a\x00b'),
  get(PLAYLIST, 'X: a\x7fb'),
  get(PLAYLIST, 'X: a\x1fb'),
  get(PLAYLIST, 'X: a\xe4b'),
  get(PLAYLIST).replaceAll('\r\n', '\n'),
  get(PLAYLIST).replaceAll('\r\n', '\r'),
  get(PLAYLIST).replace('\r\n', '\n'),
  get(PLAYLIST).replace(/\r\n$/, '\n'),
  ask(`GET  ${PLAYLIST} HTTP/1.1`, HOSTS),
  ask(`GET ${PLAYLIST}  HTTP/1.1`, HOSTS),
  ask(`GET\t${PLAYLIST} HTTP/1.1`, HOSTS),
  ask(`GET ${PLAYLIST} HTTP/1.1 `, HOSTS),
  ask(` GET ${PLAYLIST} HTTP/1.1`, HOSTS),
  ask(`get ${PLAYLIST} HTTP/1.1`, HOSTS),
  ask(`GET ${PLAYLIST} http/1.1`, HOSTS),
  ask(`GET ${PLAYLIST} HTTP/1.2`, HOSTS),
  ask(`GET ${PLAYLIST} HTTP/2.0`, HOSTS),
  ask(`GET ${PLAYLIST} HTTP/11`, HOSTS),
  ask(`GET ${PLAYLIST}`, HOSTS),
  `GET ${PLAYLIST}\r\n`,
  ask('GET /live/ch oir/source.m3u8 HTTP/1.1', HOSTS),
  ask('GET /live/ch\x00oir/source.m3u8 HTTP/1.1', HOSTS),
  ask('GET /live/ch\xe4oir/source.m3u8 HTTP/1.1', HOSTS),
  ask('GET /live/ch\x7foir/source.m3u8 HTTP/1.1', HOSTS),
  ask('GET \\live\\choir HTTP/1.1', HOSTS),
  ask('GET //live/choir/source.m3u8 HTTP/1.1', HOSTS),
  ask('CONNECT a:80 HTTP/1.1', HOSTS),
  ask('PRI * HTTP/2.0', '', 'SM'),
  get(PLAYLIST, `X: ${'x'.repeat(LIMITS.headerBytes)}`),
  get(`${PLAYLIST}?${'x'.repeat(LIMITS.headerBytes)}`),
  get(PLAYLIST, `X: ${'x'.repeat(LIMITS.headerBytes - 200)}`),
  'GET /live/choir/source.m3u8 HTTP/1.1\r\nHost: a\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  '\x00',
]

/** All that comes back for these bytes. @param first is to be answered, with so many bytes, before the rest is sent */
async function exchange(server: Server, bytes: string, first = '', answered = 0): Promise<string> {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true })
  let answer = ''
  if (first === '') socket.end(bytes, 'latin1')
  else socket.write(first, 'latin1')
  let left = first
  socket.setEncoding('latin1').on('data', (more: string) => {
    answer += more
    if (left === '' || answer.length < answered) return
    left = ''
    socket.end(bytes, 'latin1')
  })
  socket.on('error', () => {})
  await once(socket, 'close')
  return answer
}

/** The same for pieces, with a pause behind each, so that they are read one by one if the machine is not too busy. */
async function exchangePieces(server: Server, pieces: readonly string[]): Promise<string> {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true })
  const answer = textOf(socket.setEncoding('latin1'))
  for (const piece of pieces) {
    socket.write(piece, 'latin1')
    await sleep(1)
  }
  socket.end()
  return answer
}

const undated = (answer: string): string => answer.replace(/^date: [^\r]+ GMT\r\n/gim, '')

suite('plain GETs and node:http give the same answers, byte for byte', () => {
  const edge = new Edge({
    packager: { get: (slug) => (slug === 'choir' ? presentation : undefined) },
    limits: { maxWaiting: 100, stalledSeconds: 30 },
  })
  const ours = makeHttpServer({ http: echo, edge, limits: LIMITS })
  const nodes = makeHttpServer({ http: echo, edge: { handle: edge.handle.bind(edge) }, limits: LIMITS })
  before(async () => {
    for (const server of [ours, nodes]) await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  after(() => {
    edge.stop()
    for (const server of [ours, nodes]) {
      server.closeAllConnections()
      server.close()
    }
  })
  const same = async (bytes: string, first?: string, answered?: number): Promise<string> => {
    const answers = await Promise.all([ours, nodes].map((server) => exchange(server, bytes, first, answered)))
    assert.equal(...(answers.map(undated) as [string, string]), JSON.stringify([first, bytes]).slice(0, 500))
    return answers[0] ?? ''
  }

  test('one of them is read by us, the other is not', () => {
    assert.ok(ours instanceof H1Server)
    assert.ok(!(nodes instanceof H1Server))
  })

  for (const [kind, requests] of Object.entries({ ordinary: ORDINARY, rare: RARE, hostile: HOSTILE })) {
    test(`to what is ${kind}, on a connection of its own`, async () => {
      for (const request of requests) await same(request)
    })

    test(`to what is ${kind}, on a connection that has carried a plain GET`, async () => {
      const { length } = await same(get(PLAYLIST))
      for (const request of requests) {
        const answer = await same(request, get(PLAYLIST), length)
        assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
      }
    })

    test(`to what is ${kind}, with another request behind it`, async () => {
      for (const request of requests) await same(request + LAST)
    })
  }

  test('to what comes after each, when that is answered', async () => {
    for (const request of ORDINARY) await same(LAST, request, (await same(request)).length)
  })

  const cuts = (bytes: string): readonly (readonly [string, string])[] =>
    Array.from({ length: bytes.length - 1 }, (_, at) => [bytes.slice(0, at + 1), bytes.slice(at + 1)])

  for (const { name, bytes } of [
    { name: 'one request', bytes: get(PART, 'Accept-Encoding: gzip', 'If-None-Match: "x"') },
    { name: 'two requests', bytes: get(PLAYLIST) + get(PART, 'Range: bytes=0-9') },
  ]) {
    test(`to ${name} cut at any byte, and to what comes after`, async () => {
      const whole = undated(await same(bytes + LAST))
      const answers = await Promise.all(cuts(bytes).map((pieces) => exchangePieces(ours, [...pieces, LAST])))
      for (const answer of answers) assert.equal(undated(answer), whole)
    })
  }

  test('to who has it already', async () => {
    for (const address of [PLAYLIST, PART, SEGMENT]) {
      const [, etag = ''] = /^etag: ([^\r]+)/m.exec(await same(get(address))) ?? []
      assert.match(await same(get(address, `If-None-Match: ${etag}`)), /^HTTP\/1\.1 304 /)
    }
  })
})
