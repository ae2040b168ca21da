import { problemKind } from '../api/problem-kind.ts'
import { english } from './languages.ts'
import { language } from './locale.ts'
import { words } from './words.ts'

/**
 * What the server refused, for people. Its own words are English and the most exact; in other languages its kind, the
 * last part of `type`, has words of ours.
 * @param said the server's own words
 */
export function problemWords(type: string | undefined, said: string): string {
  if (language() === english || said === '') return said
  const kind = problemKind(type)
  const known: Readonly<Record<string, string>> = words.errors.problems
  return Object.hasOwn(known, kind) ? (known[kind] ?? said) : words.errors.unknown
}
