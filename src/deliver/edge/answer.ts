import type { Asked, Reply } from './exchange.ts'

/** For media of public channels: anyone may read it, nobody is identified. */
const CORS: readonly string[] = [
  ...['access-control-allow-origin', '*'],
  ...['access-control-expose-headers', 'content-length, content-range, date, etag'],
  ...['timing-allow-origin', '*'],
  ...['cross-origin-resource-policy', 'cross-origin'],
  ...['x-content-type-options', 'nosniff'],
]

/** Cacheable for ever: the name changes when the bytes do. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'
/** "Answers of 404 are cacheable for a second at most." */
export const A_SECOND = 'public, max-age=1'

export type Header = readonly [string, string | number]

export function send(
  req: Asked,
  res: Reply,
  status: number,
  headers: readonly Header[],
  body: readonly Uint8Array[],
): void {
  let length = 0
  for (const chunk of body) length += chunk.byteLength
  const lines = linesOf(headers)
  if (status !== 304 && status !== 204) lines.push('content-length', String(length))
  res.writeHead(status, lines)
  if (req.method === 'HEAD' || body.length === 0) {
    res.end()
  } else if (body.length === 1) {
    res.end(body[0])
  } else {
    // One system call for all parts of a segment, and no copy of them.
    res.cork()
    for (const chunk of body) res.write(chunk)
    res.end()
    res.uncork()
  }
}

/** Begins an answer whose length isn't known yet. */
export function begin<R extends Reply>(res: R, headers: readonly Header[]): R {
  res.writeHead(200, linesOf(headers))
  return res
}

/** Names and values in turn, as `writeHead` takes them. Every answer comes by here: one array, filled once. */
export function linesOf(headers: readonly Header[]): string[] {
  const lines = CORS.slice()
  for (const [name, value] of headers) lines.push(name, typeof value === 'string' ? value : String(value))
  return lines
}

/** A refusal in words; players never show them, people with a shell do. */
export function refuse(req: Asked, res: Reply, status: number, words: string, headers: readonly Header[] = []): void {
  const cache = status === 404 ? A_SECOND : 'no-store'
  send(
    req,
    res,
    status,
    [['content-type', 'text/plain; charset=utf-8'], ['cache-control', cache], ...headers],
    [Buffer.from(`${words}\n`)],
  )
}

export function preflight(req: Asked, res: Reply): void {
  send(
    req,
    res,
    204,
    [
      ['access-control-allow-methods', 'GET, HEAD, OPTIONS'],
      ['access-control-allow-headers', 'range, if-none-match, cmcd-request, cmcd-object, cmcd-session, cmcd-status'],
      ['access-control-max-age', '86400'],
    ],
    [],
  )
}

/** If-None-Match (RFC 9110 13.1.2): weak comparison of a short list. */
export function notModified(req: Asked, etag: string): boolean {
  const wanted = req.headers['if-none-match']
  if (wanted === undefined) return false
  return wanted.trim() === '*' || wanted.split(',', 16).some((each) => opaque(each.trim()) === opaque(etag))
}

const opaque = (etag: string): string => etag.replace(/^W\//, '')

/**
 * One byte range (RFC 9110 14.2). Several ranges, other units and what can't be read are ignored, as the RFC allows.
 * @returns undefined: the whole; 'unsatisfiable': 416
 */
export function parseRange(
  header: string | undefined,
  length: number,
): { readonly first: number; readonly last: number } | undefined | 'unsatisfiable' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  const [, from = '', to = ''] = match ?? []
  if (from === '' && to === '') return undefined
  if (from === '') {
    const suffix = Number(to)
    return suffix === 0 ? 'unsatisfiable' : { first: Math.max(0, length - suffix), last: length - 1 }
  }
  const first = Number(from)
  const last = to === '' ? length - 1 : Math.min(Number(to), length - 1)
  if (to !== '' && Number(to) < first) return undefined
  return first >= length ? 'unsatisfiable' : { first, last }
}

/** The chunks between two offsets, both included, not copied. */
export function slice(chunks: readonly Uint8Array[], first: number, last: number): Uint8Array[] {
  const out: Uint8Array[] = []
  let at = 0
  for (const chunk of chunks) {
    const from = Math.max(first - at, 0)
    const to = Math.min(last + 1 - at, chunk.byteLength)
    if (from < to) out.push(chunk.subarray(from, to))
    at += chunk.byteLength
  }
  return out
}
