import type { FastifyRequest } from 'fastify'
import { isLoopbackAddress } from '../base/loopback-address.ts'

const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

/**
 * Somebody on this machine, and not through a proxy on it (which says so, trusted or not). The host must be this
 * machine's too: a page whose name was pointed at 127.0.0.1 could read the answer else.
 */
export function isFromLoopback(request: FastifyRequest): boolean {
  if (!isLoopbackAddress(request.raw.socket.remoteAddress)) return false
  if (FORWARDING.some((header) => request.headers[header] !== undefined)) return false
  const host = (request.headers.host ?? '')
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
  return host === 'localhost' || isLoopbackAddress(host)
}
