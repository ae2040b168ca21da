/** The G2 set (ANSI/CTA-708 7.1.8), which follows an EXT1. */
const extended: Readonly<Record<number, string>> = {
  32: ' ',
  33: '\u00a0',
  37: '…',
  42: 'Š',
  44: 'Œ',
  48: '█',
  49: '‘',
  50: '’',
  51: '“',
  52: '”',
  53: '•',
  57: '™',
  58: 'š',
  60: 'œ',
  61: '℠',
  63: 'Ÿ',
  118: '⅛',
  119: '⅜',
  120: '⅝',
  121: '⅞',
  122: '│',
  123: '┐',
  124: '└',
  125: '─',
  126: '┘',
  127: '┌',
}

/** G0 is ASCII but for a note in place of DEL, G1 is ISO 8859-1 (7.1.4, 7.1.6). */
export const cea708Character = (code: number): string => (code === 0x7f ? '♪' : String.fromCharCode(code))
/** What is not in the set is an underscore, "a decoder without this character". */
export const cea708Extended = (code: number): string => extended[code] ?? '_'
/** Two bytes, for scripts that need them: UTF-16. */
export const cea708Wide = (code: number): string => (code < 0x20 ? '' : String.fromCharCode(code))
