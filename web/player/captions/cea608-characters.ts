/** Where line 21 differs from ASCII (ANSI/CTA-608 table 50). */
const basic: Readonly<Record<number, string>> = {
  39: '’',
  42: 'á',
  92: 'é',
  94: 'í',
  95: 'ó',
  96: 'ú',
  123: 'ç',
  124: '÷',
  125: 'Ñ',
  126: 'ñ',
  127: '█',
}
/** Table 49, from 0x30. The tenth is a transparent space. */
const special = [...'®°½¿™¢£♪à\u00a0èâêîôû']
/** Tables 5 to 10, from 0x20: each takes the place of the letter before it, sent for decoders that don't know these. */
const extended = {
  2: [...'ÁÉÓÚÜü‘¡*’—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»'],
  3: [...'ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤│ÅåØø┌┐└┘'],
} as const

export const basicCharacter = (code: number): string => basic[code] ?? String.fromCharCode(code)
export const specialCharacter = (code: number): string => special[code - 0x30] ?? ''
export const extendedCharacter = (set: 2 | 3, code: number): string => extended[set][code - 0x20] ?? ''
