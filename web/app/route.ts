export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'watch'; readonly slug: string }
  | { readonly page: 'embed'; readonly slug: string }
  | { readonly page: 'admin' }
  | { readonly page: 'sign-in' }
  | { readonly page: 'docs' }
  | { readonly page: 'missing' }

/** Which page a path names. */
export function routeOf(path: string): Route {
  const clean = path.replace(/\/+$/, '')
  if (clean === '') return { page: 'home' }
  if (clean === '/admin') return { page: 'admin' }
  if (clean === '/api/docs') return { page: 'docs' }
  if (clean === '/sign-in') return { page: 'sign-in' }
  const [, place, slug] = /^\/(c|embed)\/([a-z0-9][a-z0-9_-]{0,63})$/.exec(clean) ?? []
  if (slug !== undefined) return { page: place === 'embed' ? 'embed' : 'watch', slug }
  return { page: 'missing' }
}
