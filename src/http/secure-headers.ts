import type { FastifyReply, FastifyRequest } from 'fastify'
import type { HttpSettings } from './settings.ts'

const DAY_SECONDS = 86_400

/** What only HTTPS may or can be told; browsers ignore it on plain HTTP, or complain. */
export class SecureHeaders {
  readonly #settings: Pick<HttpSettings, 'publicUrl' | 'hstsDays'>

  constructor(settings: Pick<HttpSettings, 'publicUrl' | 'hstsDays'>) {
    this.#settings = settings
  }

  /** Whether the browser sees HTTPS. A proxy may end TLS without telling us: requests for the public host are by HTTPS. */
  isSecure(request: FastifyRequest): boolean {
    if (request.protocol === 'https') return true
    const { publicUrl } = this.#settings
    return publicUrl?.startsWith('https:') === true && `https://${request.host}` === publicUrl
  }

  add(request: FastifyRequest, reply: FastifyReply): void {
    if (!this.isSecure(request)) return
    reply.header('cross-origin-opener-policy', 'same-origin').header('origin-agent-cluster', '?1')
    const { hstsDays } = this.#settings
    // RFC 6797 8.3: it holds for every port of the host, and would make the plain one beside a port of ours unreachable.
    if (hstsDays > 0 && !/:\d+$/.test(request.host))
      reply.header('strict-transport-security', `max-age=${hstsDays * DAY_SECONDS}`)
  }
}
