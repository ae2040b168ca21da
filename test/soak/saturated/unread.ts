import { readFileSync } from 'node:fs'

const ESTABLISHED = '01'

/** The bytes that came to this port of 127.0.0.1 and the program there has not read yet, of the connection with the most (proc_net_tcp(5)). */
export function unreadBytes(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  let most = 0
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const [, address, , state, queues] = line.trim().split(/\s+/)
    if (state !== ESTABLISHED || !address?.endsWith(local)) continue
    most = Math.max(most, Number.parseInt(queues?.split(':')[1] ?? '0', 16))
  }
  return most
}
