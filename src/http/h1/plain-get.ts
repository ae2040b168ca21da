import type { IncomingHttpHeaders } from 'node:http'

/** The fields of a request as they came, and those among them that the edge looks at. */
export type Fields = { readonly text: string; readonly headers: IncomingHttpHeaders }

/** More is unusual, and node:http drops what is beyond its own limit. */
const MOST_FIELDS = 64

/**
 * A request line of live media with nothing unusual in it. FLV goes on without end and is written for node:http. An address
 * in absolute form, one with `#`, and characters that addresses should have escaped are node:http's to judge.
 */
const LINE = /^GET \/live\/(?![^/? ]*\.flv[? ])[\w\-.~/?%!$&'()*+,;=:@]* HTTP\/1\.1$/
/** RFC 9112 5, 5.6: a token, no space before the colon, one line, visible ASCII, spaces and tabs. */
const FIELD = /^([!#$%&'*+\-.^_`|~\w]+):[ \t]*([\t\x20-\x7e]*)$/

/**
 * What these may say changes where a request ends, what becomes of its connection, or who is to answer first.
 * `Proxy-Connection` is no field of the standard, and yet node:http reads it.
 */
const NOT_PLAIN = new Set([
  ...['content-length', 'transfer-encoding', 'trailer', 'te', 'expect', 'upgrade', 'http2-settings'],
  ...['proxy-connection'],
])
const LOOKED_AT = new Set<string>([
  ...['accept-encoding', 'if-none-match', 'if-range', 'range', 'cmcd-request', 'cmcd-status'],
] satisfies (keyof IncomingHttpHeaders)[])

/** @param line without its end @returns the address; undefined: it is no plain GET of live media */
export function addressIn(line: string): string | undefined {
  return LINE.test(line) ? line.slice('GET '.length, -' HTTP/1.1'.length) : undefined
}

/**
 * @param text from the end of the request line to the empty line, both ends included
 * @returns undefined: there is something in it that a plain GET doesn't have, be it wrong or only rare
 */
export function plainFields(text: string): Fields | undefined {
  if (!text.startsWith('\r\n') || !text.endsWith('\r\n\r\n')) return undefined
  const lines = text.slice(2, -4).split('\r\n', MOST_FIELDS + 1)
  if (lines.length > MOST_FIELDS) return undefined
  const headers: IncomingHttpHeaders = {}
  let hosts = 0
  for (const line of lines) {
    const [, field = '', untrimmed = ''] = FIELD.exec(line) ?? []
    const name = field.toLowerCase()
    if (name === '' || NOT_PLAIN.has(name)) return undefined
    if (name === 'host') hosts++
    const value = untrimmed.trimEnd()
    if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined
    if (!LOOKED_AT.has(name)) continue
    // Twice: there are rules for what that means, and others know them.
    if (headers[name] !== undefined) return undefined
    headers[name] = value
  }
  return hosts === 1 ? { text, headers } : undefined
}
