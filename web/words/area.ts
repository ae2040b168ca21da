import { type Language, pseudo } from './languages.ts'
import { language } from './locale.ts'

const coming = new Set<Promise<void>>()

/**
 * Words in another language than English, which is at hand.
 *
 * @throws when they could not be loaded
 */
export async function inLanguage<Texts>(
  language: Language,
  english: Texts,
  german: () => Promise<Texts>,
): Promise<Texts> {
  if (language.tag === 'de') return german()
  if (language === pseudo) return (await import('./pseudo.ts')).mirrored(english)
  return english
}

/**
 * For an area whose words come with its pages and not with the first page: loads them in the language of the page and
 * hands them over. Nothing is handed over when that is English, or when they don't arrive: then English stands in.
 */
export function loadArea<Texts>(english: Texts, german: () => Promise<Texts>, take: (texts: Texts) => void): void {
  const arrival = inLanguage(language(), english, german)
    .then(take, () => undefined)
    .finally(() => coming.delete(arrival))
  coming.add(arrival)
}

/** The words of every area whose scripts are loaded are there: to be awaited between loading such a script and showing it. */
export async function areasLoaded(): Promise<void> {
  await Promise.all(coming)
}
