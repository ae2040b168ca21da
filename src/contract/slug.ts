import { Slug } from './channel.ts'

/** First words of addresses that belong to the server, now or soon, and words that would read as such. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['about', 'accounts', 'admin', 'api', 'app', 'assets', 'auth', 'c', 'channel', 'channels', 'chat', 'clips'],
  ...['docs', 'download', 'embed', 'events', 'feed', 'files', 'fonts', 'health', 'healthz', 'help', 'hls', 'home'],
  ...['icons', 'images', 'index', 'invite', 'legal', 'live', 'login', 'logout', 'manifest', 'me', 'metrics', 'new'],
  ...['null', 'openapi', 'people', 'poster', 'privacy', 'programme', 'r', 'readyz', 'recordings', 'robots', 'root'],
  ...['rtmp', 'search', 'session', 'settings', 'sign-in', 'sign-out', 'site', 'static', 'storyboard', 'studio'],
  ...['support', 'system', 'tickets', 'time', 'undefined', 'user', 'users', 'vod', 'watch', 'whep', 'whip', 'ws'],
  'you',
])

/**
 * Why a name can't be a channel's slug, as a sentence; undefined when it can.
 * The form is the contract's; beyond it `sk_` belongs to stream keys, so that no name can ever be taken for a key.
 */
export function slugProblem(name: string): string | undefined {
  const form = Slug.safeParse(name)
  if (!form.success) return form.error.issues[0]?.message ?? 'not a channel name'
  if (name.startsWith('sk_')) return 'a channel name may not begin with sk_, as stream keys do'
  if (RESERVED.has(name)) return `"${name}" is reserved, choose another channel name`
  return undefined
}

/** Whether a channel may have this name at all: saves asking the store for what can't be there. */
export function isSlug(name: string): boolean {
  return slugProblem(name) === undefined
}
