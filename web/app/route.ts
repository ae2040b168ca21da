export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'watch'; readonly slug: string }
  | { readonly page: 'embed'; readonly slug: string }
  | { readonly page: 'admin' }
  | { readonly page: 'admin-channels' }
  | { readonly page: 'admin-channel'; readonly slug: string }
  | { readonly page: 'admin-log' }
  | { readonly page: 'studio' }
  | { readonly page: 'sign-in' }
  | { readonly page: 'docs' }
  | { readonly page: 'missing' }

/** Pages of one channel, by what is before its name. */
const PLACES: Readonly<Record<string, 'watch' | 'embed' | 'admin-channel'>> = {
  c: 'watch',
  embed: 'embed',
  'admin/channels': 'admin-channel',
}

/** Which page a path names. */
export function routeOf(path: string): Route {
  const clean = path.replace(/\/+$/, '')
  if (clean === '') return { page: 'home' }
  if (clean === '/admin') return { page: 'admin' }
  if (clean === '/admin/channels') return { page: 'admin-channels' }
  if (clean === '/admin/log') return { page: 'admin-log' }
  if (clean === '/studio') return { page: 'studio' }
  if (clean === '/api/docs') return { page: 'docs' }
  if (clean === '/sign-in') return { page: 'sign-in' }
  const [, place = '', slug] = /^\/(c|embed|admin\/channels)\/([a-z0-9][a-z0-9_-]{0,63})$/.exec(clean) ?? []
  const page = PLACES[place]
  if (slug !== undefined && page !== undefined) return { page, slug }
  return { page: 'missing' }
}
