import { isLoopbackAddress } from '../base/loopback-address.ts'
import { networkOf } from './address.ts'

/** Connections of one address, over all listeners together. This machine's own are not counted: its programs share one address. */
export class AddressLimit {
  readonly #limits: { readonly connectionsPerAddress: number }
  readonly #counts = new Map<string, number>()

  /** @param limits may change: looked at with each connection */
  constructor(limits: { readonly connectionsPerAddress: number }) {
    this.#limits = limits
  }

  /** @returns what to call when the connection is closed; undefined: there are too many from there */
  enter(remoteAddress: string | undefined): (() => void) | undefined {
    if (isLoopbackAddress(remoteAddress)) return () => {}
    const address = networkOf(remoteAddress)
    const count = this.#counts.get(address) ?? 0
    if (count >= this.#limits.connectionsPerAddress) return undefined
    this.#counts.set(address, count + 1)
    return () => {
      const left = (this.#counts.get(address) ?? 1) - 1
      if (left === 0) this.#counts.delete(address)
      else this.#counts.set(address, left)
    }
  }
}
