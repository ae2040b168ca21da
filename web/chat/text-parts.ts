/** A piece of somebody's text; `href` is set where it is an address. Shown as text always: markup in it is letters. */
export type TextPart = { readonly text: string; readonly href: string | null }

/** Only what names its scheme, and only the web's: "javascript:", "data:" and the like never match. */
const address = /\bhttps?:\/\/[^\s<>"'`\u202a-\u202e\u2066-\u2069]+/giu
/** A sentence's own signs at the end of an address belong to the sentence. */
const tail = /[.,;:!?)\]}'"»”’…]+$/u

export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = []
  let at = 0
  for (const match of text.matchAll(address)) {
    const shown = match[0].replace(tail, '')
    const href = safeAddress(shown)
    if (href === null) continue
    if (match.index > at) parts.push({ text: text.slice(at, match.index), href: null })
    parts.push({ text: shown, href })
    at = match.index + shown.length
  }
  if (at < text.length || parts.length === 0) parts.push({ text: text.slice(at), href: null })
  return parts
}

function safeAddress(text: string): string | null {
  try {
    const url = new URL(text)
    // A name and password before the host only serve to deceive.
    const honest = url.username === '' && url.password === ''
    return honest && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null
  } catch {
    return null
  }
}
