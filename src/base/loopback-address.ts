import { BlockList, isIP } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')
// An IPv4 peer on an IPv6 socket.
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6')

/** This machine's own (127.0.0.0/8 and ::1). */
export function isLoopbackAddress(address: string | undefined): boolean {
  const family = address === undefined ? 0 : isIP(address)
  return address !== undefined && family !== 0 && LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
