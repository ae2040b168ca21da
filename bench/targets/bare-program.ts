import { createServer, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

/**
 * The least a node:http handler must do to answer blocking reloads: hold, and release all on a tick, with a playlist that
 * is rendered and compressed once. What the file on the command line says is the playlist.
 */
const { port, everyMs, playlist } = JSON.parse(process.argv[2] ?? '{}') as {
  port: number
  everyMs: number
  playlist: string
}
let msn = 1
let part = 0
let plain = Buffer.alloc(0)
let gzipped = Buffer.alloc(0)
let held: { readonly gzip: boolean; readonly res: ServerResponse }[] = []

function render(): void {
  const hint = `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="source/x/${msn}.${part}.m4s"`
  plain = Buffer.from(playlist.replace(/#EXT-X-PRELOAD-HINT:.*/, hint))
  gzipped = gzipSync(plain, { level: 5 })
}

function answer(res: ServerResponse, gzip: boolean): void {
  const body = gzip ? gzipped : plain
  res.writeHead(200, {
    'content-type': 'application/vnd.apple.mpegurl',
    'content-length': body.byteLength,
    'cache-control': 'public, max-age=6',
    'access-control-allow-origin': '*',
    ...(gzip && { 'content-encoding': 'gzip' }),
  })
  res.end(body)
}

setInterval(() => {
  part++
  if (part === 4) {
    msn++
    part = 0
  }
  render()
  const released = held
  held = []
  for (const { res, gzip } of released) answer(res, gzip)
}, everyMs)
render()

createServer((req, res) => {
  const query = new URL(req.url ?? '', 'http://localhost').searchParams
  const gzip = String(req.headers['accept-encoding'] ?? '').includes('gzip')
  const wants = query.get('_HLS_msn')
  if (wants === null) answer(res, gzip)
  else if (Number(wants) < msn || (Number(wants) === msn && Number(query.get('_HLS_part')) < part)) answer(res, gzip)
  else held.push({ gzip, res })
}).listen(port, '127.0.0.1')
