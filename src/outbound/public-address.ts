import { isIP } from 'node:net'
import { networks } from '../base/networks.ts'

/**
 * Blocks of IPv4 that are no hosts of the public internet: IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast
 * (RFC 5771), and what clouds keep for themselves inside of a virtual machine.
 */
const SPECIAL_IPV4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carriers; Alibaba's metadata
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // Azure's metadata and DNS
  '169.254.0.0/16', // link-local; metadata of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // IETF protocols; Oracle's metadata
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4, deprecated
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
] as const
/** An IPv4 address may stand in an IPv6 one: mapped (RFC 4291, 2.5.5.2), or for a translator (NAT64, RFC 6052). */
const CARRIERS = ['::ffff:', '64:ff9b::'] as const

/** All that is given out of IPv6, RFC 4291 section 2.4, and what carries IPv4. */
const UNICAST_IPV6 = ['2000::/3', '::ffff:0:0/96', '64:ff9b::/96'] as const
/** Parts of it that are no hosts of the public internet: IANA IPv6 Special-Purpose Address Registry. */
const SPECIAL_IPV6 = [
  '2001::/23', // IETF protocols; Teredo, which carries IPv4 to anywhere
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, the same
  '3fff::/20', // documentation
] as const

/** Where clouds hand out credentials to whoever asks from inside: no setting opens them. */
const METADATA_IPV4 = ['100.100.100.200', '168.63.129.16', '169.254.169.254', '169.254.170.2', '192.0.0.192']
const METADATA = networks([
  ...METADATA_IPV4,
  ...METADATA_IPV4.flatMap((each) => carried(`${each}/32`)),
  'fd00:ec2::254',
])

const UNICAST = networks(UNICAST_IPV6)
const SPECIAL = networks([...SPECIAL_IPV4, ...SPECIAL_IPV4.flatMap(carried), ...SPECIAL_IPV6])

/** Whether this may be a host on the public internet: not of this machine, its networks or its cloud. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  // An interface's name behind it: of a link, never of the internet.
  if (family === 0 || address.includes('%')) return false
  if (family === 4) return !SPECIAL.check(address, 'ipv4')
  return UNICAST.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6')
}

/** Whether a cloud's metadata are served there. */
export function isMetadataAddress(address: string): boolean {
  return METADATA.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}

function carried(range: string): string[] {
  const [address, prefix] = range.split('/')
  return CARRIERS.map((carrier) => `${carrier}${address}/${96 + Number(prefix)}`)
}
