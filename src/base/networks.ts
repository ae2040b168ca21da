import { BlockList, isIP } from 'node:net'

/** @param list addresses, or ranges of them in CIDR notation */
export function networks(list: readonly string[]): BlockList {
  const blocks = new BlockList()
  for (const each of list) {
    const [address = '', prefix] = each.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (prefix === undefined) blocks.addAddress(address, family)
    else blocks.addSubnet(address, Number(prefix), family)
  }
  return blocks
}
