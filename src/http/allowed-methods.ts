import type { RouteRule } from './access.ts'

/** The one that takes every address. */
export const CATCH_ALL = '/*'

/** Which methods an address knows: for who came with another one. */
export class AllowedMethods {
  readonly #routes: readonly RouteRule[]
  #patterns: ReadonlyMap<string, { readonly pattern: RegExp; readonly methods: Set<string> }> | undefined

  /** @param routes all of them, once the first request comes */
  constructor(routes: readonly RouteRule[]) {
    this.#routes = routes
  }

  /** @returns none when nothing is at this address */
  at(url: string): readonly string[] {
    this.#patterns ??= patternsOf(this.#routes)
    const path = (url.split('?', 1)[0] ?? '').replace(/(?<=.)\/$/, '')
    for (const { pattern, methods } of this.#patterns.values()) if (pattern.test(path)) return [...methods]
    return []
  }
}

function patternsOf(routes: readonly RouteRule[]): Map<string, { pattern: RegExp; methods: Set<string> }> {
  const patterns = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  for (const { method, url } of routes) {
    if (url === CATCH_ALL || url === '*') continue
    const source = url
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replace(/:\w+/g, '[^/]+')
    const known = patterns.get(url) ?? { pattern: new RegExp(`^${source}$`), methods: new Set() }
    known.methods.add(method)
    patterns.set(url, known)
  }
  // Names before parameters, as the router has it.
  const parameters = (url: string): number => (url.match(/:/g) ?? []).length
  return new Map([...patterns].sort(([a], [b]) => parameters(a) - parameters(b)))
}
