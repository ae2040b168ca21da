import type { IncomingHttpHeaders } from 'node:http'
import type { HpackDecoder } from '../../formats/http2/hpack-decoder.ts'

/** RFC 7541 4.1, for SETTINGS_MAX_HEADER_LIST_SIZE. */
const FIELD_BYTES = 32

export type RequestFields = {
  /** Why the request is malformed (RFC 9113 8.1.1): its stream is reset. */
  readonly wrong: string | undefined
  /** Its fields are more than `limits.http.headerBytes`. */
  readonly tooLarge: boolean
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** Fields of HTTP/1.1 that have no place in HTTP/2 (RFC 9113 8.2.2). */
const FORBIDDEN = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/
/** RFC 9110 5.6.2, in small letters. */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
/** RFC 9113 8.2.1, and no control characters but the tab. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const BAD_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/
const PSEUDO: readonly string[] = [':method', ':scheme', ':path', ':authority']

/** Reads a request's field section. @throws MalformedError when it can't be decompressed: the connection is lost then */
export function readFields(decoder: HpackDecoder, block: Uint8Array, mostBytes: number): RequestFields {
  const headers = { __proto__: null } as unknown as Record<string, string | string[]>
  const pseudo = new Map<string, string>()
  let bytes = 0
  let regular = false
  let wrong: string | undefined
  decoder.decode(block, (name, value) => {
    bytes += name.length + value.length + FIELD_BYTES
    // The table must be kept up all the same.
    if (bytes > mostBytes || wrong !== undefined) return
    if (BAD_VALUE.test(value)) wrong = 'a field’s value has characters that it must not have'
    else if (name.startsWith(':')) {
      if (regular || pseudo.has(name) || !PSEUDO.includes(name)) wrong = `${name} has no place there`
      else pseudo.set(name, value)
    } else if (!NAME.test(name) || FORBIDDEN.test(name) || (name === 'te' && value !== 'trailers')) {
      wrong = 'a field must not be there'
    } else {
      regular = true
      add(headers, name, value)
    }
  })
  const method = pseudo.get(':method') ?? ''
  const path = pseudo.get(':path') ?? ''
  const tooLarge = bytes > mostBytes
  if (!tooLarge && wrong === undefined) wrong = missing(method, path, pseudo)
  const authority = pseudo.get(':authority')
  // RFC 9113 8.3.1: it stands for Host, and goes before it.
  if (authority !== undefined) headers.host = authority
  return { wrong, tooLarge, method, path, headers: headers as IncomingHttpHeaders }
}

function missing(method: string, path: string, pseudo: ReadonlyMap<string, string>): string | undefined {
  if (!/^[A-Z]{1,32}$/.test(method) || method === 'CONNECT') return 'its method is none of ours'
  if (pseudo.get(':scheme') === undefined) return 'it has no scheme'
  if (path.startsWith('/') || (path === '*' && method === 'OPTIONS')) return undefined
  return 'it has no path'
}

/** What stands there twice is joined, as node:http does it (RFC 9110 5.3; RFC 9113 8.2.3 for cookies). */
function add(headers: Record<string, string | string[]>, name: string, value: string): void {
  const known = headers[name]
  if (known === undefined) headers[name] = value
  else headers[name] = name === 'cookie' ? `${known}; ${value}` : `${known}, ${value}`
}
