import type { ChannelRole } from '../../src/contract/people.ts'

/** What somebody is in one channel. */
export type Part = ChannelRole | 'admin' | 'nobody'

/** A stream key as the one answer had it that ever contains it. */
export type FreshKey = { readonly label: string; readonly key: string }

/** What the page offers; the server decides by itself. */
export function mayIn(part: Part | null): { readonly broadcast: boolean; readonly change: boolean } {
  const change = part === 'owner' || part === 'admin'
  return { change, broadcast: change || part === 'streamer' }
}
