import { isIP } from 'node:net'
import { derived } from '../base/derived.ts'
import { networks } from '../base/networks.ts'

/** Whether a peer of this address may say for whom it asks: `server.trustedProxies` as they are now. */
export function trustedProxies(addresses: () => readonly string[]): (address: string | undefined) => boolean {
  const known = derived(addresses, networks)
  return (address) => {
    const version = address === undefined ? 0 : isIP(address)
    // IPv4 addresses mapped into IPv6, as a socket of both tells them, are found among IPv4's too.
    return version !== 0 && address !== undefined && known().check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}
