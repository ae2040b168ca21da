import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

/** The least a node:http handler must do to send files: they lie in memory, compressed ones too. */
const { port, folder } = JSON.parse(process.argv[2] ?? '{}') as { port: number; folder: string }
const files = new Map<string, Buffer | undefined>()

function read(path: string): Buffer | undefined {
  if (!files.has(path)) {
    try {
      files.set(path, readFileSync(join(folder, path)))
    } catch {
      files.set(path, undefined)
    }
  }
  return files.get(path)
}

createServer((req, res) => {
  const path = req.url ?? ''
  const gzipped = req.headers['accept-encoding'] === 'gzip' ? read(`${path}.gz`) : undefined
  const body = gzipped ?? read(path)
  if (body === undefined) {
    res.writeHead(404).end()
    return
  }
  res.writeHead(200, {
    'content-type': path.endsWith('.m3u8') ? 'application/vnd.apple.mpegurl' : 'video/mp4',
    'content-length': body.byteLength,
    'cache-control': 'public, max-age=6',
    'access-control-allow-origin': '*',
    ...(gzipped && { 'content-encoding': 'gzip' }),
  })
  res.end(body)
}).listen(port, '127.0.0.1')
