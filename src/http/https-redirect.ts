import type { IncomingMessage, ServerResponse } from 'node:http'
import { trustedProxies } from './trusted-proxies.ts'

export type HttpsRedirectOptions = {
  /** They may change: looked at with each request. */
  readonly settings: { readonly publicUrl?: string | undefined; readonly trustedProxies: readonly string[] }
  /** Where HTTPS listens now. */
  readonly httpsPort: () => number | null
  /** Whether the certificate is for this host: no other name is ever sent on to. */
  readonly isOurs: (host: string) => boolean
}

/** What is answered by plain HTTP as well: checks of machines, and what proves the name to an ACME authority. */
const EXEMPT = /^\/(?:healthz|readyz|metrics|\.well-known\/acme-challenge\/[^/]*)(?:\?|$)/
/** Browsers keep a permanent redirect as long as they like, unless told otherwise. */
const CACHE = 'private, max-age=3600'

/** Sends who comes by plain HTTP to the same address by HTTPS. */
export class HttpsRedirect {
  readonly #options: HttpsRedirectOptions
  readonly #isProxy: (address: string | undefined) => boolean

  constructor(options: HttpsRedirectOptions) {
    this.#options = options
    this.#isProxy = trustedProxies(() => options.settings.trustedProxies)
  }

  /** @returns false: it is answered as ever */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? ''
    if ('encrypted' in request.socket || !url.startsWith('/') || EXEMPT.test(url) || this.#cameSecurely(request)) {
      return false
    }
    const origin = this.#originFor(request.headers.host)
    if (origin === undefined) return false
    // RFC 9110 15.4.9: as it was asked for, the method included.
    response.writeHead(308, { location: `${origin}${url}`, 'cache-control': CACHE, 'content-length': 0 })
    response.end()
    return true
  }

  /** A proxy that has ended TLS itself says so; of one that says nothing we believe it. */
  #cameSecurely(request: IncomingMessage): boolean {
    if (!this.#isProxy(request.socket.remoteAddress)) return false
    const protocol = request.headers['x-forwarded-proto']
    return protocol === undefined || String(protocol).split(',')[0]?.trim().toLowerCase() === 'https'
  }

  #originFor(host: string | undefined): string | undefined {
    const { publicUrl } = this.#options.settings
    if (publicUrl?.startsWith('https:')) return publicUrl
    const port = this.#options.httpsPort()
    if (port === null || host === undefined || !URL.canParse(`http://${host}`)) return undefined
    const { hostname, pathname, username } = new URL(`http://${host}`)
    if (pathname !== '/' || username !== '' || !this.#options.isOurs(hostname)) return undefined
    return `https://${hostname}${port === 443 ? '' : `:${port}`}`
  }
}
