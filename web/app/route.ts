export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'watch'; readonly slug: string }
  | { readonly page: 'embed'; readonly slug: string }
  | { readonly page: 'admin' }
  | { readonly page: 'admin-channels' }
  | { readonly page: 'admin-channel'; readonly slug: string }
  | { readonly page: 'admin-people' }
  | { readonly page: 'admin-person'; readonly id: string }
  | { readonly page: 'admin-sessions' }
  | { readonly page: 'admin-log' }
  | { readonly page: 'studio' }
  | { readonly page: 'studio-channel'; readonly slug: string }
  | { readonly page: 'studio-broadcasts'; readonly slug: string }
  | { readonly page: 'you' }
  | { readonly page: 'sign-in' }
  | { readonly page: 'sign-up' }
  | { readonly page: 'invitation' }
  | { readonly page: 'verify' }
  | { readonly page: 'reset' }
  | { readonly page: 'docs' }
  | { readonly page: 'missing' }

/** Pages with an address of their own. */
const ALONE = {
  '': 'home',
  '/admin': 'admin',
  '/admin/channels': 'admin-channels',
  '/admin/people': 'admin-people',
  '/admin/sessions': 'admin-sessions',
  '/admin/log': 'admin-log',
  '/studio': 'studio',
  '/you': 'you',
  '/sign-in': 'sign-in',
  '/sign-up': 'sign-up',
  '/invitation': 'invitation',
  '/verify': 'verify',
  '/reset': 'reset',
  '/api/docs': 'docs',
} as const

/** Pages of one channel, by what is around its name. */
const PLACES: Readonly<Record<string, 'watch' | 'embed' | 'admin-channel' | 'studio-channel' | 'studio-broadcasts'>> = {
  c: 'watch',
  embed: 'embed',
  'admin/channels': 'admin-channel',
  studio: 'studio-channel',
  'studio/broadcasts': 'studio-broadcasts',
}

/** Which page a path names. */
export function routeOf(path: string): Route {
  const clean = path.replace(/\/+$/, '')
  if (Object.hasOwn(ALONE, clean)) return { page: ALONE[clean as keyof typeof ALONE] }
  const [, place = '', slug, behind = ''] =
    /^\/(c|embed|admin\/channels|studio)\/([a-z0-9][a-z0-9_-]{0,63})(\/broadcasts)?$/.exec(clean) ?? []
  const page = PLACES[place + behind]
  if (slug !== undefined && page !== undefined) return { page, slug }
  const [, id] = /^\/admin\/people\/([\w-]{1,64})$/.exec(clean) ?? []
  return id === undefined ? { page: 'missing' } : { page: 'admin-person', id }
}

/** Pages that somebody passes through to an account: nobody wants to come back to one. */
const PASSED: ReadonlySet<Route['page']> = new Set(['sign-in', 'sign-up', 'invitation', 'verify', 'reset', 'missing'])

/**
 * Where a page goes on after signing in: a page of ours and nothing else, whatever the address says.
 * @param wanted a path, perhaps with a query; anybody may have written it
 */
export function wayBack(wanted: string | null, origin: string): string {
  const url = wanted?.startsWith('/') ? URL.parse(wanted, origin) : null
  if (url === null || url.origin !== origin || PASSED.has(routeOf(url.pathname).page)) return '/'
  return url.pathname + url.search + url.hash
}
