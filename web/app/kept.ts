/** What the reader chose on this device. The server reads it too, so that a page comes as it will be shown. */
export type Choice = 'language' | 'theme'

const seconds = 400 * 24 * 3600

export function recall(choice: Choice): string | null {
  return readCookie(document.cookie, choice)
}

/** @param value null: as the device says */
export function keep(choice: Choice, value: string | null): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API does not exist over plain HTTP
  document.cookie = `${choice}=${value ?? ''}; Path=/; SameSite=Lax; Max-Age=${value === null ? 0 : seconds}`
}

/** Choices are words of letters and hyphens; anything else is nobody's choice. */
export function readCookie(cookies: string, name: string): string | null {
  for (const pair of cookies.split('; ')) {
    const [key, value] = pair.split('=', 2)
    if (key === name && value !== undefined && /^[\w-]{1,20}$/.test(value)) return value
  }
  return null
}
