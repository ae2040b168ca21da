import { hostname, networkInterfaces } from 'node:os'

/** Names and addresses of this machine, as a certificate can have them. */
export function ownHosts(): string[] {
  const name = hostname().toLowerCase()
  const names = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name)
    ? [name]
    : []
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    // Link-local ones have a zone, which no certificate knows.
    .filter(({ address }) => !/^(fe80|169\.254)/.test(address))
    .map(({ address }) => address)
  return ['localhost', ...names, ...addresses]
}
