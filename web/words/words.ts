import { en, type Words } from './en.ts'
import { english, type Language, pickLanguage, pseudo } from './languages.ts'
import { setLocale } from './locale.ts'

/** The words in use. Read them when something is shown, never while a module loads: the language comes after that. */
export let words: Words = en

const setting = 'language'

/**
 * Chooses the language and loads its words; to be awaited before anything is shown. English is at hand and stands in
 * when the words of another language don't arrive.
 */
export async function startWords(): Promise<void> {
  const wanted = navigator.languages
  const asked = new URLSearchParams(location.search).get('lang')
  let language = pickLanguage([asked, chosenLanguage()], wanted)
  const loaded = await load(language).catch(() => null)
  if (loaded === null) language = english
  words = loaded ?? en
  setLocale(language, wanted)
  document.documentElement.lang = language.tag
  document.documentElement.dir = language.dir
}

/** What the reader once chose, or null. */
export function chosenLanguage(): string | null {
  try {
    return localStorage.getItem(setting)
  } catch {
    return null
  }
}

/** Kept on the device; null: as the browser says. It holds from the next load of the page on. */
export function chooseLanguage(tag: string | null): void {
  try {
    if (tag === null) localStorage.removeItem(setting)
    else localStorage.setItem(setting, tag)
  } catch {
    // A private window keeps nothing.
  }
}

async function load(language: Language): Promise<Words> {
  if (language.tag === 'de') return (await import('./de.ts')).de
  if (language === pseudo) return (await import('./pseudo.ts')).mirrored(en)
  return en
}
