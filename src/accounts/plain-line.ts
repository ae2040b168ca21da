import { InvalidFieldError } from '../base/invalid-field-error.ts'

/** Control and formatting characters could hide or reverse the text around a line; the joiner of emoji stays. */
const HIDING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * One line of plain text for people, without what could hide in it.
 * @param field of the request, and what the sentence calls it @throws InvalidFieldError when nothing is left, or too much
 */
export function plainLine(
  field: { readonly path: string; readonly what: string },
  input: string,
  most: number,
): string {
  const line = input.replace(HIDING, (sign) => (sign === '\u200d' ? sign : ' ')).trim()
  if (line.length === 0) throw new InvalidFieldError(field.path, `${field.what} has at least one character`)
  if (line.length > most) throw new InvalidFieldError(field.path, `${field.what} has at most ${most} characters`)
  return line
}

/**
 * Plain text of several lines, possibly none: line ends are `\n`, and no more than one line is left empty in a row.
 * @throws InvalidFieldError when it is too long
 */
export function plainLines(
  field: { readonly path: string; readonly what: string },
  input: string,
  most: number,
): string {
  const lines = input
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .split('\n')
    .map((line) => line.replace(HIDING, (sign) => (sign === '\u200d' ? sign : ' ')).trimEnd())
  const text = lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  if (text.length > most) throw new InvalidFieldError(field.path, `${field.what} has at most ${most} characters`)
  return text
}
