import { BlockList, isIP } from 'node:net'
import { derived } from '../base/derived.ts'

/** Whether a peer of this address may say for whom it asks: `server.trustedProxies` as they are now. */
export function trustedProxies(addresses: () => readonly string[]): (address: string | undefined) => boolean {
  const known = derived(addresses, listOf)
  return (address) => {
    const version = address === undefined ? 0 : isIP(address)
    // IPv4 addresses mapped into IPv6, as a socket of both tells them, are found among IPv4's too.
    return version !== 0 && address !== undefined && known().check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}

function listOf(addresses: readonly string[]): BlockList {
  const list = new BlockList()
  for (const each of addresses) {
    const [address = '', prefix] = each.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}
