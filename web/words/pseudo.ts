/** Right-to-left override and its end (Unicode UAX #9, 2.2 and 2.5). */
const RLO = '\u202e'
const PDF = '\u202c'

/** The same catalogue, a third longer and written from right to left: what is clipped or doesn't turn is seen. */
export function mirrored<Catalogue>(catalogue: Catalogue): Catalogue {
  return turn(catalogue) as Catalogue
}

function turn(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? value : turnText(value)
  if (typeof value === 'function') return (...given: unknown[]) => turn(value(...given))
  if (Array.isArray(value)) return value.map(turn)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, turn(inner)]))
  }
  return value
}

function turnText(text: string): string {
  const longer = text.length < 4 ? text : text.replace(/[aeiou](?=\w)/gu, (vowel) => vowel + vowel)
  return RLO + longer + PDF
}
