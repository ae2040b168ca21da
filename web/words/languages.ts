/** What a language of the page is. */
export type Language = {
  /** BCP 47. */
  readonly tag: string
  /** In the language itself. */
  readonly name: string
  readonly dir: 'ltr' | 'rtl'
  /** Less than a minute ago. */
  readonly justNow: string
}

export const english: Language = { tag: 'en', name: 'English', dir: 'ltr', justNow: 'just now' }

export const languages: readonly Language[] = [
  english,
  { tag: 'de', name: 'Deutsch', dir: 'ltr', justNow: 'gerade eben' },
]

/** English from right to left, to see that a page can be read so. Nobody is offered it; `?lang=ar-XB` asks for it. */
export const pseudo: Language = { tag: 'ar-XB', name: '', dir: 'rtl', justNow: 'just now' }

/**
 * The language of the page: the one that was asked for or chosen, else the first of the reader's languages that we
 * speak, else English.
 */
export function pickLanguage(asked: readonly (string | null)[], wanted: readonly string[]): Language {
  for (const tag of asked) {
    const exact = [...languages, pseudo].find((language) => language.tag === tag)
    if (exact) return exact
  }
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split('-')[0]
    const found = languages.find((language) => language.tag === primary)
    if (found) return found
  }
  return english
}

/** How dates and numbers are written: as in the reader's own country, where it speaks the page's language. */
export function localeFor(language: Language, wanted: readonly string[]): string {
  if (language === pseudo) return english.tag
  return wanted.find((tag) => tag.toLowerCase().split('-')[0] === language.tag) ?? language.tag
}
