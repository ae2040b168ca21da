import { encode } from 'uqr'

/** Light modules around the code; ISO/IEC 18004 wants four, phones are content with two. */
const BORDER = 2
const BLACK_ON_WHITE = '\u001b[30;107m'
const RESET = '\u001b[0m'

/**
 * A QR code in half blocks, two rows a line, dark on light whatever the terminal's colours are.
 * @returns the lines, each as wide as `width`
 */
export function qrLines(text: string): { readonly lines: readonly string[]; readonly width: number } {
  const { data, size } = encode(text, { border: BORDER })
  const lines: string[] = []
  for (let row = 0; row < size; row += 2) {
    let line = ''
    for (let column = 0; column < size; column++) {
      const upper = data[row]?.[column] === true
      const lower = data[row + 1]?.[column] === true
      if (upper) line += lower ? '█' : '▀'
      else line += lower ? '▄' : ' '
    }
    lines.push(BLACK_ON_WHITE + line + RESET)
  }
  return { lines, width: size }
}
