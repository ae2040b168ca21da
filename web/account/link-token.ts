/** A one-time link's secret, `#t=…`: behind the `#`, so that neither logs nor referrers ever have it. Empty: there is none. */
export function linkToken(hash: string): string {
  return /^#t=([\w.~-]{16,200})$/.exec(hash)?.[1] ?? ''
}

/** Used or not: it is to stay neither in the address line nor in the history. */
export function dropToken(): void {
  history.replaceState(null, '', location.pathname + location.search)
}

/** A link that the server wrote without its own address, which it doesn't know: then this page's is right for whoever reads it here. */
export function wholeLink(link: string): string {
  return new URL(link, location.origin).href
}
