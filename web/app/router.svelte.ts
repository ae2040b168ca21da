import { type Route, routeOf } from './route.ts'
import { isOutdated } from './update.ts'

let route = $state.raw<Route>(routeOf(location.pathname))
/** The address in view, without what stands behind the `#`. */
let at = location.pathname + location.search

/** The page in view. */
export const router = {
  get route(): Route {
    return route
  },
}

/** Opens a page of ours without loading the document anew. */
export function go(path: string, how: 'push' | 'replace' = 'push'): void {
  if (isOutdated()) {
    if (how === 'push') location.assign(path)
    else location.replace(path)
    return
  }
  if (how === 'push') history.pushState(null, '', path)
  else history.replaceState(null, '', path)
  arrive()
  scrollTo(0, 0)
}

/** Follows links of ours, and the browser's back and forward. */
export function startRouter(): void {
  // Also told of a step within the page, which the browser makes by itself.
  addEventListener('popstate', () => {
    if (location.pathname + location.search !== at) arrive()
  })
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return
    if (link.hash !== '' && link.pathname === location.pathname) return
    if (routeOf(link.pathname).page === 'missing') return
    event.preventDefault()
    go(link.pathname + link.search)
  })
}

function arrive(): void {
  at = location.pathname + location.search
  route = routeOf(location.pathname)
  // Readers of the screen learn of the new page where it begins.
  requestAnimationFrame(() => document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true }))
}
