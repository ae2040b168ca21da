import type { Picture } from '../../formats/h264/pcm-encoder.ts'

export const WIDTH = 320
export const HEIGHT = 192

/** 75 % colour bars in BT.601 studio range: white, yellow, cyan, green, magenta, red, blue, black. */
const BARS = [
  [180, 128, 128],
  [162, 44, 142],
  [131, 156, 44],
  [112, 72, 58],
  [84, 184, 198],
  [65, 100, 212],
  [35, 212, 114],
  [16, 128, 128],
] as const
/** Which of seven segments are lit: top, upper right, lower right, bottom, lower left, upper left, middle. */
const DIGITS = [0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f]
const DIGIT = { width: 22, height: 40, stroke: 5, step: 30 }
const CLOCK = { x: 34, y: 116 }
const MARK = 16

/** The bars, which never change. */
export function background(): Picture {
  const chroma = (WIDTH * HEIGHT) / 4
  const picture = { y: new Uint8Array(WIDTH * HEIGHT), cb: new Uint8Array(chroma), cr: new Uint8Array(chroma) }
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const [luma, cb, cr] = y < 96 ? (BARS[Math.floor((x * 8) / WIDTH)] ?? BARS[7]) : BARS[7]
      picture.y[y * WIDTH + x] = luma
      if (x % 2 === 0 && y % 2 === 0) {
        picture.cb[(y / 2) * (WIDTH / 2) + x / 2] = cb
        picture.cr[(y / 2) * (WIDTH / 2) + x / 2] = cr
      }
    }
  }
  return picture
}

/** On colour bars the time of day in UTC, and a mark that moves with each frame. */
export function drawPicture(picture: Picture, atMs: number, frame: number): void {
  picture.y.fill(BARS[7][0], 96 * WIDTH)
  const time = new Date(atMs).toISOString().slice(11, 19)
  let x = CLOCK.x
  for (const letter of time) {
    if (letter === ':') {
      fill(picture, x, CLOCK.y + 12, 5, 5)
      fill(picture, x, CLOCK.y + 26, 5, 5)
      x += DIGIT.step / 2
    } else {
      drawDigit(picture, Number(letter), x, CLOCK.y)
      x += DIGIT.step
    }
  }
  fill(picture, (frame * 4) % (WIDTH - MARK), HEIGHT - MARK, MARK, MARK)
}

function drawDigit(picture: Picture, digit: number, x: number, y: number): void {
  const { width, height, stroke } = DIGIT
  const half = height / 2
  const segments = [
    [0, 0, width, stroke],
    [width - stroke, 0, stroke, half],
    [width - stroke, half, stroke, half],
    [0, height - stroke, width, stroke],
    [0, half, stroke, half],
    [0, 0, stroke, half],
    [0, half - 2, width, stroke],
  ] as const
  for (const [bit, [left, top, wide, high]] of segments.entries()) {
    if (((DIGITS[digit] ?? 0) >> bit) & 1) fill(picture, x + left, y + top, wide, high)
  }
}

function fill(picture: Picture, x: number, y: number, width: number, height: number): void {
  for (let line = y; line < y + height; line++) picture.y.fill(235, line * WIDTH + x, line * WIDTH + x + width)
}
