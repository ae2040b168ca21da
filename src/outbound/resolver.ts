import { Resolver } from 'node:dns/promises'

/** Finds the addresses of a host; none: there is no such host. Ends when the signal aborts. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly string[]>

const TRY_MS = 2000
const TRIES = 2

/**
 * Asks the system's DNS servers, without a thread: `getaddrinfo` would hold one of the few that read our files while a
 * stranger's name server keeps us waiting. So `/etc/hosts` is not read.
 * @param servers instead of the system's
 */
export function dnsResolver(servers?: readonly string[]): Resolve {
  return async (host, signal) => {
    const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES })
    if (servers !== undefined) resolver.setServers(servers)
    const cancel = () => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
      return found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}
