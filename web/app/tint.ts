/** One of the six tints, always the same for a name. */
export function tint(name: string): 1 | 2 | 3 | 4 | 5 | 6 {
  let hash = 0
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0
  return ((hash % 6) + 1) as 1 | 2 | 3 | 4 | 5 | 6
}
