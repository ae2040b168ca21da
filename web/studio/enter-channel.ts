import type { Channel } from '../../src/contract/channel.ts'
import { api, call } from '../api/client.ts'
import { go } from '../app/router.svelte.ts'
import { sessionKnown } from '../app/session.svelte.ts'
import type { Part } from './part.ts'

/**
 * A channel and what who is signed in is there; whoever isn't is led to sign in, and comes back to the page in view.
 * @returns null: they were led away @throws ApiError
 */
export async function enterChannel(slug: string): Promise<{ readonly channel: Channel; readonly part: Part } | null> {
  const known = await sessionKnown()
  if (known.role === 'public') {
    go(`/sign-in?to=${encodeURIComponent(location.pathname)}`, 'replace')
    return null
  }
  const [channel, own] = await Promise.all([
    api.channel(slug),
    known.person === null ? null : call('GET /api/v1/you/channels'),
  ])
  const role = own?.items.find((one) => one.channel.slug === slug)?.role
  return { channel, part: known.role === 'admin' ? 'admin' : (role ?? 'nobody') }
}
