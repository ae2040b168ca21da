import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Origins } from './origin.ts'

/**
 * CORS of the API (https://fetch.spec.whatwg.org/#http-cors-protocol): only for `server.allowedOrigins`, and without
 * credentials, as the session's cookie is SameSite=Strict anyway. @returns true when the answer was sent (a preflight)
 */
export function answerCors(request: FastifyRequest, reply: FastifyReply, origins: Origins): boolean {
  if (!request.url.startsWith('/api/')) return false
  reply.header('vary', 'Origin')
  const { origin } = request.headers
  if (origin === undefined || !origins.isAllowed(origin)) return false
  reply.header('access-control-allow-origin', origin)
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false
  reply
    .header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE')
    .header('access-control-allow-headers', 'authorization, content-type')
    .header('access-control-max-age', '600')
    .code(204)
    .send()
  return true
}
