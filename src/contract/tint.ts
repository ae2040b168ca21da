/** Which of six tints stands for a name, always the same: of its face, and of the scene in place of its picture. */
export function tint(name: string): 1 | 2 | 3 | 4 | 5 | 6 {
  // FNV-1a: near names get different tints.
  let hash = 0x811c9dc5
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return ((((hash ^ (hash >>> 15)) >>> 0) % 6) + 1) as 1 | 2 | 3 | 4 | 5 | 6
}
