import { type BlockList, isIP } from 'node:net'
import { derived } from '../base/derived.ts'
import { RefusedError } from '../base/errors.ts'
import { networks } from '../base/networks.ts'
import { isMetadataAddress, isPublicAddress } from './public-address.ts'
import type { Resolve } from './resolver.ts'

/** Of one host; who has more names us no others. */
const MOST_ADDRESSES = 8

export type OutboundSettings = {
  /** `server.outbound.allow` */
  readonly allow: readonly string[]
}

export type GuardOptions = { readonly settings: OutboundSettings; readonly resolve: Resolve }

/**
 * Says where a connection may go that a person caused: a pull, a hook, an address they gave us. A name is looked up once, and
 * what was found is what is connected to: who asked again could be told another address (DNS rebinding).
 */
export class OutboundGuard {
  readonly #resolve: Resolve
  readonly #allowed: () => BlockList

  constructor({ settings, resolve }: GuardOptions) {
    this.#resolve = resolve
    this.#allowed = derived(() => settings.allow, networks)
  }

  /**
   * The addresses to connect to, and no others.
   * @param host a name or an address, as a URL has it
   * @throws RefusedError in the same words for a host that isn't there and one that we don't go to, so that nobody learns
   * the names of a private network by it
   */
  async addressesOf(host: string, signal: AbortSignal): Promise<readonly string[]> {
    const bare = host.replace(/^\[(.*)\]$/, '$1')
    const found = isIP(bare) === 0 ? await this.#lookUp(bare, signal) : [bare]
    signal.throwIfAborted()
    // One that may not be is enough: who mixes them is up to something.
    if (found.length === 0 || !found.every((address) => this.#mayReach(address))) {
      throw new RefusedError(
        'FORBIDDEN',
        `“${host}” is no host of the public internet: it is not known, or in a private network, which server.outbound.allow may name`,
      )
    }
    return found.slice(0, MOST_ADDRESSES)
  }

  async #lookUp(name: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#resolve(name, signal).catch(() => [])
  }

  #mayReach(address: string): boolean {
    if (isPublicAddress(address)) return true
    const family = isIP(address)
    return family !== 0 && !isMetadataAddress(address) && this.#allowed().check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
}
