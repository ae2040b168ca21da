import type { FastifyRequest } from 'fastify'
import { derived } from '../base/derived.ts'
import type { HttpSettings } from './settings.ts'

/** Which pages may act on this server in the name of the person who looks at them. */
export class Origins {
  readonly #allowed: () => ReadonlySet<string>
  readonly #own: () => string | undefined

  /** `server.allowedOrigins`, and the origin of `server.publicUrl` */
  constructor(settings: Pick<HttpSettings, 'allowedOrigins' | 'publicUrl'>) {
    this.#allowed = derived(
      () => settings.allowedOrigins,
      (origins) => new Set(origins.map((origin) => new URL(origin).origin)),
    )
    this.#own = derived(
      () => settings.publicUrl,
      (url) => (url === undefined ? undefined : new URL(url).origin),
    )
  }

  /** A page of another site that the operator named: it may read the API. */
  isAllowed(origin: string): boolean {
    return origin === this.#own() || this.#allowed().has(origin)
  }

  /**
   * True when the request comes from a page of this server or an allowed one, or from no page at all. Only host and port
   * are compared with `Host`: behind a proxy that ends TLS the scheme we see is not the one the browser sees.
   */
  permits(request: FastifyRequest): boolean {
    const { origin } = request.headers
    if (origin === undefined) return true
    if (this.isAllowed(origin)) return true
    const host = URL.canParse(origin) ? new URL(origin).host : ''
    return host !== '' && host === normalHost(request.host)
  }

  /** As `permits`, for what a cookie alone authorises: a browser always says where such a request comes from. */
  permitsByCookie(request: FastifyRequest): boolean {
    if (request.headers.origin === undefined) return request.headers['sec-fetch-site'] === 'same-origin'
    return this.permits(request)
  }
}

/** `Host` as a browser would write it in an origin: lower case, without the scheme's own port. */
function normalHost(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).host.replace(/:443$/, '') : ''
}
