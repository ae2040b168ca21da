import { english, type Language, localeFor } from './languages.ts'

let inUse: Language = english
let tag = english.tag

/** The language the page speaks. */
export function language(): Language {
  return inUse
}

/** BCP 47, with the reader's country: how dates and numbers are written. */
export function locale(): string {
  return tag
}

/** Once, before anything is shown. `wanted`: the reader's languages, best first. */
export function setLocale(language: Language, wanted: readonly string[]): void {
  inUse = language
  tag = localeFor(language, wanted)
}
