import { isIPv6, SocketAddress } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** Whom limits count. */
export function addressOf(request: FastifyRequest): string {
  return networkOf(request.ip)
}

/** An address as people read it: IPv4 over an IPv6 socket (RFC 4291, 2.5.5.2) without its prefix. */
export function plainAddress(ip: string): string {
  return ip.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** An address for counting; of IPv6 the /64 network, as one household or phone has all of it. @param ip undefined: a socket file */
export function networkOf(ip: string | undefined): string {
  if (ip === undefined || !isIPv6(ip)) return ip ?? 'local'
  const { address } = new SocketAddress({ address: ip, family: 'ipv6' })
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [head = '', tail = ''] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = address.includes('::') ? 8 - groups.length - (tail === '' ? 0 : tail.split(':').length) : 0
  const full = [...groups, ...Array<string>(missing).fill('0'), ...(tail === '' ? [] : tail.split(':'))]
  return address === '::1' ? address : `${full.slice(0, 4).join(':')}::/64`
}
