import { RefusedError } from '../../base/errors.ts'
import { slugProblem } from '../../contract/slug.ts'
import type { ChannelRecord } from './channel-store.ts'
import type { Channels } from './channels.ts'
import { MAX_KEY_LENGTH } from './stream-key.ts'

type Answer =
  | { readonly allowed: true; readonly channel: ChannelRecord; readonly keyId?: string }
  | { readonly allowed: false; readonly code: 'bad-key' | 'bad-name' | 'disabled'; readonly message: string }

/** Decides who may publish where: the `key` parameter, then the name as a key, then (only when open) the name as a slug. */
export class PublishAuthorizer {
  readonly #channels: Channels
  readonly #open: boolean

  /** @param open `ingest.open`, and RTMP listens on a loopback address: names need no key, and make their channel */
  constructor(channels: Channels, options: { readonly open: boolean }) {
    this.#channels = channels
    this.#open = options.open
  }

  /** @throws UnavailableError when the store doesn't answer */
  async authorizePublish(name: string, key: string | undefined): Promise<Answer> {
    if (key !== undefined) return this.#byParameter(name, key)
    if (name.length <= MAX_KEY_LENGTH) {
      const found = await this.#channels.byKey(name)
      if (found !== undefined) return { allowed: true, ...found }
    }
    if (name.startsWith('sk_'))
      return refuse('bad-key', 'this stream key is not known here; keys change when they are rotated')
    if (!this.#open) return refuse('bad-key', 'a stream key is needed: it begins with sk_')
    return this.#bySlug(name)
  }

  async #byParameter(name: string, key: string): Promise<Answer> {
    const found = key.length <= MAX_KEY_LENGTH ? await this.#channels.byKey(key) : undefined
    if (found === undefined) return refuse('bad-key', 'the stream key in ?key= is not known here')
    // The address names a channel too; a key of another one is somebody's mistake that would go on air in the wrong place.
    if (name !== '' && name !== found.channel.slug && name !== key) {
      return refuse('bad-name', 'the stream key in ?key= belongs to another channel than the address names')
    }
    return { allowed: true, ...found }
  }

  async #bySlug(name: string): Promise<Answer> {
    const problem = slugProblem(name)
    if (problem !== undefined) return refuse('bad-name', problem)
    try {
      return { allowed: true, channel: await this.#channels.getOrCreate(name) }
    } catch (error) {
      if (error instanceof RefusedError) return refuse('disabled', error.message)
      throw error
    }
  }
}

function refuse(code: 'bad-key' | 'bad-name' | 'disabled', message: string): Answer {
  return { allowed: false, code, message }
}
