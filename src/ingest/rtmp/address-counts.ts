import { isIPv6 } from 'node:net'
import { isLoopbackAddress } from '../../base/loopback-address.ts'

/** Counts connections by where they come from. This machine's own are not counted: its own programs all share one address. */
export class AddressCounts {
  readonly #counts = new Map<string, number>()
  readonly #limits: { readonly connectionsPerAddress: number }

  constructor(limits: { readonly connectionsPerAddress: number }) {
    this.#limits = limits
  }

  /** @returns what to call when the connection is closed; undefined: there are too many from there */
  enter(address: string): (() => void) | undefined {
    if (isLoopbackAddress(address)) return () => {}
    const network = networkOf(address)
    const count = this.#counts.get(network) ?? 0
    if (count >= this.#limits.connectionsPerAddress) return undefined
    this.#counts.set(network, count + 1)
    return () => {
      const left = (this.#counts.get(network) ?? 1) - 1
      if (left === 0) this.#counts.delete(network)
      else this.#counts.set(network, left)
    }
  }
}

/** An IPv4 address, or the /64 network of an IPv6 address: one subscriber has at least that. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('::')
  const front = head.split(':').filter((group) => group !== '')
  const back = tail === undefined ? [] : tail.split(':').filter((group) => group !== '')
  const zeros = new Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0')
  return [...front, ...zeros, ...back].slice(0, 4).join(':')
}
