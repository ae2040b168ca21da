import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import { duplexPair } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { addressIn, plainFields } from '../../../src/http/h1/plain-get.ts'
import { bytesTarget } from '../target.ts'

const CHROMIUM =
  'Host: 127.0.0.1:8080\r\nConnection: keep-alive\r\nsec-ch-ua-platform: "Linux"\r\nUser-Agent: Mozilla/5.0 (X11; Linux x64)\r\nAccept: */*\r\nReferer: http://127.0.0.1:8080/c/main\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n'
const get = (address: string, fields = ''): Buffer =>
  Buffer.from(`GET /live/${address} HTTP/1.1\r\n${CHROMIUM}${fields}\r\n`)

type Seen = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & {
  readonly keepsAlive: boolean
  readonly body: string
}

/** What node:http makes of these bytes when nothing more comes. */
async function byNode(bytes: Uint8Array): Promise<{ readonly seen: readonly Seen[]; readonly answer: string }> {
  const [near, far] = duplexPair()
  const seen: Seen[] = []
  const server = createServer(async (req, res) => {
    const { method, url, headers } = req
    seen.push({ method, url, headers, keepsAlive: res.shouldKeepAlive, body: await textOf(req) })
    res.end()
  })
  server.emit('connection', far)
  near.write(bytes)
  let answer = ''
  for await (const chunk of near) {
    answer += String(chunk)
    near.end()
  }
  return { seen, answer }
}

export const http1Targets = [
  bytesTarget({
    name: 'plain-get',
    says: 'whatever is taken for a plain GET, node:http reads as one request, and as the same one',
    known: [
      get('main/index.m3u8'),
      get('main/source.m3u8?_HLS_msn=2&_HLS_part=1&_HLS_skip=YES&CMCD=bl%3D2100'),
      get('main/source/x/0.1.m4s', 'Range: bytes=0-99\r\nIf-Range: "x"\r\n'),
      get('main/manifest.mpd', 'If-None-Match: W/"a", "b"\r\nCMCD-Request: bl=1\r\nCMCD-Status: bs\r\n'),
      get('main.flv?key=a', 'Upgrade: websocket\r\nTE: trailers\r\n'),
      get('main/index.m3u8', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n'),
      get('a', 'A:\r\nB: \t \r\nAccept-Encoding:gzip \r\n'),
    ],
    async check(bytes) {
      const text = Buffer.from(bytes).toString('latin1')
      const end = text.indexOf('\r\n')
      const address = end < 0 ? undefined : addressIn(text.slice(0, end))
      const fields = address === undefined ? undefined : plainFields(text.slice(end))
      if (fields === undefined) return
      const { seen, answer } = await byNode(bytes)
      assert.match(answer, /^HTTP\/1\.1 200 /)
      assert.equal(seen.length, 1)
      const { headers, ...rest } = seen[0] as Seen
      assert.deepEqual(rest, { method: 'GET', url: address, keepsAlive: true, body: '' })
      for (const [name, value] of Object.entries(fields.headers)) assert.equal(headers[name], value)
      for (const name of ['range', 'if-range', 'if-none-match', 'accept-encoding', 'cmcd-request', 'cmcd-status'])
        assert.equal(name in fields.headers, name in headers)
    },
  }),
]
