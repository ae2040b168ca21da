/**
 * Ports from 1024 on that no page may ask by HTTP, as who listens there could take our request for one of its own protocol:
 * the Fetch standard's "port blocking". Below 1024 there are two that are HTTP's.
 */
const BLOCKED: ReadonlySet<number> = new Set([
  ...[1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566],
  ...[6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
])

/** Whether a request that a person causes may go there. */
export function isHttpPort(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1024 && !BLOCKED.has(port))
}
