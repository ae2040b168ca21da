import type { ChannelAndKey, Channels, RekeyedChannel } from '../../accounts/channels/channels.ts'
import { ConfigError, messageOf, RefusedError } from '../../base/errors.ts'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import type { Prepare } from './config-in-force.ts'

export type DeclaredChannelsOptions = {
  readonly channels: Channels
  /** Its pages learn it. */
  readonly onChanged: (slug: string) => void
  /** Who had the old key may have it no longer: not even to go on with what began before. */
  readonly onRekeyed: (channel: RekeyedChannel) => void
}

/** The channels that the file declares, made and brought up to date at each reload as at the start. */
export class DeclaredChannels {
  readonly #options: DeclaredChannelsOptions
  #made: ChannelAndKey[] = []

  constructor(options: DeclaredChannelsOptions) {
    this.#options = options
  }

  readonly prepare: Prepare = async ({ channels: declared }, where) => {
    const { channels, onChanged, onRekeyed } = this.#options
    const mistaken = await channels.mistakenKey(declared)
    if (mistaken !== undefined) {
      const path = ['channels', mistaken, 'key']
      throw new ConfigError(
        `${where(path)}: channels[${mistaken}].key is a secret not shown here, expected a key that no other channel has.`,
      )
    }
    return async () => {
      try {
        const { made, changed, rekeyed } = await channels.applyDeclared(declared)
        this.#made.push(...made)
        for (const slug of changed) onChanged(slug)
        for (const channel of rekeyed) onRekeyed(channel)
      } catch (error) {
        if (!(error instanceof InvalidFieldError || error instanceof RefusedError)) throw error
        throw new ConfigError(`${where(['channels'])}: channels can't be made so: ${messageOf(error)}.`, {
          cause: error,
        })
      }
    }
  }

  /** Keys that were made since this was asked last: to be told to somebody, this once. */
  takeMade(): { slug: string; key: string }[] {
    const made = this.#made.map(({ channel, key }) => ({ slug: channel.slug, key }))
    this.#made = []
    return made
  }
}
