import { recall } from '../app/kept.ts'
import { inLanguage } from './area.ts'
import { en, type Words } from './en.ts'
import { english, pickLanguage } from './languages.ts'
import { setLocale } from './locale.ts'

/** The words in use, but those of `account.ts`, `admin.ts`, `chat.ts`, `docs.ts`, `insight.ts`, `people.ts` and `studio.ts`. Read them when something is shown, never while a module loads: the language comes after that. */
export let words: Words = en

/**
 * Chooses the language and loads its words; to be awaited before anything is shown. English is at hand and stands in
 * when the words of another language don't arrive.
 */
export async function startWords(): Promise<void> {
  const wanted = navigator.languages
  const asked = new URLSearchParams(location.search).get('lang')
  let language = pickLanguage([asked, recall('language')], wanted)
  const loaded = await inLanguage(language, en, async () => (await import('./de.ts')).de).catch(() => null)
  if (loaded === null) language = english
  words = loaded ?? en
  setLocale(language, wanted)
  document.documentElement.lang = language.tag
  document.documentElement.dir = language.dir
}
