import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { MalformedError, messageOf, RefusedError, UnavailableError } from '../base/errors.ts'
import type { OutboundGuard } from './outbound-guard.ts'
import { isHttpPort } from './ports.ts'

const MOST_AT_ONCE = 32
const MOST_REDIRECTS = 3
const LONGEST_URL = 2048
const HEADER_BYTES = 16_384

export type OutboundRequest = {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** A longer answer is an error. */
  readonly maxBytes: number
  /** For all of it: names, redirects and the last byte. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export type OutboundAnswer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Where it came from in the end. */
  readonly url: string
}

/**
 * Asks by HTTP where a person has us ask: hooks, pages, documents of other servers. Every address is checked by the guard and
 * connected to as it was checked, redirects anew; connections are not kept, so that none outlives its check. Proxies of the
 * environment are not used.
 */
export class OutboundClient {
  readonly #guard: OutboundGuard
  #underWay = 0

  constructor(guard: OutboundGuard) {
    this.#guard = guard
  }

  /**
   * GET and HEAD follow redirects; of others the redirect is the answer. Whatever the status, an answer is no error.
   * @throws MalformedError for no such address; RefusedError for one that we don't go to; UnavailableError when nothing, or too
   * much, comes in time
   */
  async request(address: string, request: OutboundRequest): Promise<OutboundAnswer> {
    if (this.#underWay >= MOST_AT_ONCE) throw new UnavailableError('too many requests to other servers are under way')
    this.#underWay++
    const limit = AbortSignal.timeout(request.timeoutMs)
    const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal])
    try {
      return await this.#follow(outboundUrl(address), request, signal)
    } catch (error) {
      if (error instanceof RefusedError || error instanceof MalformedError || error instanceof UnavailableError) {
        throw error
      }
      const why = limit.aborted ? `it took longer than ${request.timeoutMs / 1000} s` : messageOf(error)
      throw new UnavailableError(`the other server gave no answer: ${why}`, { cause: error })
    } finally {
      this.#underWay--
    }
  }

  async #follow(first: URL, request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
    const { method = 'GET' } = request
    let url = first
    for (let redirects = 0; ; redirects++) {
      const headers = url.origin === first.origin ? request.headers : harmless(request.headers)
      const answer = await this.#ask(url, { ...request, method, ...(headers && { headers }) }, signal)
      const { location } = answer.headers
      const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== undefined
      if (!isRedirect || (method !== 'GET' && method !== 'HEAD')) return answer
      if (redirects >= MOST_REDIRECTS) {
        throw new UnavailableError('the other server sends us on and on: too many redirects')
      }
      const next = outboundUrl(new URL(location, url).href)
      if (url.protocol === 'https:' && next.protocol === 'http:') {
        throw new RefusedError('FORBIDDEN', 'the other server sends us from https to http')
      }
      url = next
    }
  }

  async #ask(url: URL, request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
    const addresses = await this.#guard.addressesOf(url.hostname, signal)
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const sent = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      ...{ method: request.method, headers: headersOf(request), lookup: pinnedTo(addresses), agent: false, signal },
      maxHeaderSize: HEADER_BYTES,
    })
    sent.on('response', resolve).on('error', reject)
    // Nobody asked for another protocol.
    sent.on('upgrade', (_, socket) => socket.destroy())
    sent.end(request.body)
    const answer = await promise
    const { statusCode = 0, headers } = answer
    return { status: statusCode, headers, body: await bodyOf(answer, request.maxBytes), url: url.href }
  }
}

/** @throws MalformedError for anything but an http or https address without a password; RefusedError for a port that isn't HTTP's */
export function outboundUrl(address: string): URL {
  const url = address.length > LONGEST_URL ? null : URL.parse(address)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new MalformedError('an address begins with https:// or http://')
  }
  if (url.username !== '' || url.password !== '') throw new MalformedError('an address has no name and password in it')
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (!isHttpPort(port)) throw new RefusedError('FORBIDDEN', `no web server is asked at port ${port}`)
  return url
}

/** What is looked up for a connection was looked up before. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_, { all }, callback) => {
    if (all) callback(null, found)
    else callback(null, found[0]?.address ?? '', found[0]?.family)
  }
}

function headersOf({ headers, body }: OutboundRequest): Record<string, string | number> {
  return {
    ...headers,
    // Nothing is unpacked: so nothing grows beyond what was sent.
    ...{ 'accept-encoding': 'identity', connection: 'close' },
    ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
  }
}

/** What another server than the one that was meant may know. */
function harmless(headers: OutboundRequest['headers']): Record<string, string> {
  const kept = Object.entries(headers ?? {}).filter(([name]) => /^(accept|accept-language|user-agent)$/i.test(name))
  return Object.fromEntries(kept)
}

async function bodyOf(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      length += part.length
      if (length > maxBytes) throw new UnavailableError(`the other server’s answer is longer than ${maxBytes} bytes`)
      parts.push(part)
    }
  } finally {
    answer.destroy()
  }
  return Buffer.concat(parts)
}
