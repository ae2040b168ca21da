import { escapeHtml, type PageFacts } from './page-head.ts'

/** The mark of `web/app/Brand.svelte`. */
const MARK =
  '<svg viewBox="0 0 36 36" aria-hidden="true"><rect width="36" height="36" rx="10" fill="currentColor"/><path class="b-in" d="M8 26 14.5 15l5 7.5L23 17l5 9" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/><circle class="b-dot" cx="25.5" cy="10.5" r="2.8" fill="#fff"/></svg>'

/**
 * What stands in the page until its script takes over: whose it is and what is on, in the places that they will have.
 * Its styles are in the document (`web/style/frame.css`).
 *
 * @param picture what a watch page shows until there is one that moves; the largest thing on it, so not left to the script
 */
export function frameOf({ site, page, channel }: PageFacts, picture?: string): string {
  if (page === 'embed') return ''
  const over = page === 'watch' ? ' over' : ''
  const top = `<header class="top${over}"><div class="wrap top-in"><a class="brand" href="/">${MARK}<span dir="auto">${escapeHtml(site.name)}</span></a></div></header>`
  if (page !== 'watch' || channel === undefined) return `${top}<main></main>`
  const shown =
    picture === undefined
      ? ''
      : `<img src="${escapeHtml(picture)}" alt="" width="1280" height="720" fetchpriority="high" />`
  const title = `<h1 dir="auto">${escapeHtml(channel.title)}</h1>`
  return `${top}<main><div class="wrap first${channel.chat ? ' two' : ''}"><div class="pic">${shown}</div>${title}</div></main>`
}
