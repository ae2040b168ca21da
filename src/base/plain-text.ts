/** Most marks (accents, points) that a letter may carry; the scripts that pile up most need five. */
const MARKS = 6
/** Three do for all that was ever found. */
const ROUNDS = 6

/** Line ends, tabs, and letters that look like blanks (Hangul fillers, the empty Braille pattern). */
const BLANKS = /[\s\p{Z}\u0085\u115f\u1160\u3164\uffa0\u2800]+/gu
/** RGI emoji tag sequences, as in the flag of Scotland (UTS #51, ED-14a), or anything that is not to be seen. */
const UNSEEN =
  /(\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f})|[\p{Cc}\p{Cf}\p{Co}\p{Noncharacter_Code_Point}]/gu
/**
 * Joiners that change what is seen: between the parts of an emoji, and after letters of scripts that join (Arabic, the
 * Indic ones). Between letters of other scripts they only make two texts differ that look the same.
 */
const JOINER =
  /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})|(?<=[\p{L}\p{M}])(?<![\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Han}\p{sc=Hangul}])[\u200c\u200d](?=\p{L})/uy

/**
 * What a person wrote, as one line of plain text that can't hide, reverse or tower over what stands around it: no control
 * characters, no directional ones, nothing without width, no private use, no more than a few marks on a letter.
 * Markup stays what it is: text.
 * @param form of normalisation (UAX #15): `NFKC` for names, where fancy letters become plain ones
 */
export function plainText(input: string, form: 'NFC' | 'NFKC' = 'NFC'): string {
  let text = input
  // What was taken out lets marks beside it change places, or join: until there is nothing left to do.
  for (let round = 0; round < ROUNDS; round++) {
    const cleaner = cleaned(text, form)
    if (cleaner === text) break
    text = cleaner
  }
  return text
}

function cleaned(input: string, form: 'NFC' | 'NFKC'): string {
  return input
    .toWellFormed()
    .normalize(form)
    .replace(BLANKS, ' ')
    .replace(UNSEEN, (found: string, flag: string | undefined, offset: number, whole: string) => {
      if (flag !== undefined) return flag
      JOINER.lastIndex = offset
      return JOINER.test(whole) ? found : ''
    })
    .replace(/(^|\s)\p{M}+/gu, '$1')
    .replace(new RegExp(`(\\p{M}{${MARKS}})\\p{M}+`, 'gu'), '$1')
    .replace(/ {2,}/g, ' ')
    .trim()
}
