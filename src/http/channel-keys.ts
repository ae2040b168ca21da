import type { FastifyRequest } from 'fastify'
import type { Channels } from '../accounts/channels/channels.ts'
import { RefusedError } from '../base/errors.ts'
import type { AccessPorts } from './access.ts'
import { addressOf } from './address.ts'
import { CountedAttempts } from './counted-attempts.ts'

const WRONG_KEYS_PER_MINUTE = 30

/** Lets in who has a channel's stream key; an address that keeps trying wrong ones is not listened to for the rest of the minute. */
export function channelKeys(channels: Channels): AccessPorts['isKeyOf'] {
  const wrong = new CountedAttempts({ max: WRONG_KEYS_PER_MINUTE, windowMs: 60_000 })
  return async (request: FastifyRequest, slug: string, key: string) => {
    const address = addressOf(request)
    if (wrong.exhausted(address)) {
      throw new RefusedError('LIMIT', 'too many wrong stream keys from this address, wait a minute')
    }
    const right = await channels.isKeyOf(slug, key)
    if (!right) wrong.take(address)
    return right
  }
}
