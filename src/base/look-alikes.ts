/**
 * Letters that look like a Latin one, by the Latin one: what UTS #39 calls confusable, as far as people can type it.
 * Capitals and small letters apart, as Ν looks like N but ν like v.
 */
const LETTERS: Readonly<Record<string, string>> = {
  a: 'аαɑаᴀ@4',
  b: 'вьβʙ8',
  c: 'сϲᴄ¢',
  d: 'ԁԃđɗᴅ',
  e: 'еєεҽᴇ3€',
  f: 'ƒꜰ',
  g: 'ɡɢ9',
  h: 'һнħʜհ',
  i: 'іιıɪӏ1!|ⅼl',
  j: 'јᴊ',
  k: 'кκᴋ',
  m: 'мμᴍ',
  n: 'пηɴոռ',
  o: 'оοσøօᴏ0',
  p: 'рρᴘ',
  q: 'ԛզ',
  r: 'гʀ',
  s: 'ѕꜱ5$',
  t: 'тτᴛ7',
  u: 'υսᴜ',
  v: 'νѵᴠ',
  w: 'ԝωᴡ',
  x: 'хχ×',
  y: 'уүγʏ',
  z: 'ζᴢ2',
  A: 'АΑᎪ',
  B: 'ВΒᏴ',
  C: 'СᏟ',
  D: 'ᎠĐ',
  E: 'ЕΕᎬ',
  H: 'НΗᎻ',
  i2: 'ІΙӀᎥΙ',
  J: 'ЈᎫ',
  K: 'КΚᏦ',
  L: 'Ꮮ',
  M: 'МΜᎷ',
  N: 'Ν',
  O: 'ОΟӨØՕ',
  P: 'РΡᏢ',
  S: 'ЅᏚՏ',
  T: 'ТΤᎢ',
  V: 'ѴᏙ',
  W: 'ᎳԜ',
  X: 'ХΧ',
  Y: 'УΥҮ',
  Z: 'ΖᏃ',
}
const LATIN = new Map(
  Object.entries(LETTERS).flatMap(([latin, others]) => [...others].map((other) => [other, latin[0] ?? ''] as const)),
)
/** Pairs that look like one letter. */
const PAIRS: readonly (readonly [RegExp, string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/ß/g, 'ss'],
  [/æ/g, 'ae'],
  [/œ/g, 'oe'],
]
/** Scripts whose letters pass for each other's. */
const LIKE_LATIN = [
  /\p{sc=Latin}/u,
  /\p{sc=Cyrillic}/u,
  /\p{sc=Greek}/u,
  /\p{sc=Armenian}/u,
  /\p{sc=Cherokee}/u,
  /\p{sc=Coptic}/u,
  /\p{sc=Lisu}/u,
]

/**
 * What remains of a text when everything is taken off that an eye may miss: two texts that share one of the answers look
 * alike. Two answers where a sign (`@`, `!`) may stand for a letter or for itself.
 * After UTS #39 section 4, with a table of our own, and stricter: case, marks, blanks and signs don't count.
 */
export function skeletons(text: string): readonly string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '')
  const strict = reduce(plain.replace(/[^\p{L}\p{N}\p{Extended_Pictographic}]/gu, ''))
  const loose = reduce(plain)
  const found = new Set([strict, loose].filter((each) => each !== ''))
  return found.size > 0 ? [...found] : [text]
}

/** Letters of two scripts that pass for each other: nobody is called so. UTS #39 section 5.2, "highly restrictive". */
export function mixesScripts(text: string): boolean {
  return LIKE_LATIN.filter((script) => script.test(text)).length > 1
}

function reduce(text: string): string {
  let reduced = [...text].map((c) => LATIN.get(c) ?? c).join('')
  reduced = [...reduced.toLowerCase()].map((c) => LATIN.get(c) ?? c).join('')
  for (const [pair, one] of PAIRS) reduced = reduced.replace(pair, one)
  return reduced.replace(/[^\p{L}\p{N}\p{Extended_Pictographic}]/gu, '')
}
