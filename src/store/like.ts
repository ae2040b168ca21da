/** A pattern of LIKE (with `escape '\'`) that finds a text anywhere, whatever signs are in it. */
export function like(text: string): string {
  return `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
}
