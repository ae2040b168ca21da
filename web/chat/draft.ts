/** What is written and not sent outlives a reload of the page; it never leaves the device. */
const key = (slug: string): string => `chat-draft:${slug}`

export function recallDraft(slug: string): string {
  try {
    return sessionStorage.getItem(key(slug)) ?? ''
  } catch {
    return ''
  }
}

export function keepDraft(slug: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(key(slug))
    else sessionStorage.setItem(key(slug), text)
  } catch {
    // Kept by the field alone.
  }
}
