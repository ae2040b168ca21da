import { isIPv6, SocketAddress } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** Whom limits count: the address, of IPv6 the /64 network that one household or phone has all of. */
export function addressOf(request: FastifyRequest): string {
  const { ip } = request
  if (!isIPv6(ip)) return ip ?? 'local'
  const { address } = new SocketAddress({ address: ip, family: 'ipv6' })
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [head = '', tail = ''] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = address.includes('::') ? 8 - groups.length - (tail === '' ? 0 : tail.split(':').length) : 0
  const full = [...groups, ...Array<string>(missing).fill('0'), ...(tail === '' ? [] : tail.split(':'))]
  return address === '::1' ? address : `${full.slice(0, 4).join(':')}::/64`
}
