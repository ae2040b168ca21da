import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')
// An IPv4 peer on an IPv6 socket.
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6')

const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

export function isLoopbackAddress(address: string | undefined): boolean {
  const family = address === undefined ? 0 : isIP(address)
  return address !== undefined && family !== 0 && LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

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
