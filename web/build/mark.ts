import { crc32, deflateSync } from 'node:zlib'

/**
 * The mark of `public/favicon.svg` as PNG, drawn by distances: each of its shapes says how far a point is from its edge,
 * which gives smooth edges at any size without a library that draws.
 */
type Point = readonly [x: number, y: number]
type Colour = readonly [red: number, green: number, blue: number]

const GROUND: Colour = [0x0b, 0x66, 0x70]
const INK: Colour = [255, 255, 255]
/** The drawing is 36 units wide. */
const SIDE = 36
const CORNER = 10
const LINE: readonly Point[] = [
  [8, 26],
  [14.5, 15],
  [19.5, 22.5],
  [23, 17],
  [28, 26],
]
const LINE_WIDTH = 2.6
const DOT: Point = [25.5, 10.5]
const DOT_RADIUS = 2.8

export type Picture = {
  readonly width: number
  readonly height: number
  /** How wide the mark is, in pixels; it stands in the middle. */
  readonly mark: number
  /** `tile`: the ground ends with the mark's own round corners. `full`: it fills the picture. */
  readonly ground: 'tile' | 'full'
}

/** What browsers, launchers and other programs ask for. Maskable icons keep a margin of 20 % around the mark. */
export const PICTURES: Readonly<Record<string, Picture>> = {
  'icon-192.png': { width: 192, height: 192, mark: 192, ground: 'tile' },
  'icon-512.png': { width: 512, height: 512, mark: 512, ground: 'tile' },
  'maskable-192.png': { width: 192, height: 192, mark: 154, ground: 'full' },
  'maskable-512.png': { width: 512, height: 512, mark: 410, ground: 'full' },
  'apple-180.png': { width: 180, height: 180, mark: 160, ground: 'full' },
  'card.png': { width: 1200, height: 630, mark: 420, ground: 'full' },
}

export function draw({ width, height, mark, ground }: Picture): Buffer {
  const scale = mark / SIDE
  const lines = Buffer.alloc((width * 4 + 1) * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const point: Point = [(column + 0.5 - width / 2) / scale + SIDE / 2, (row + 0.5 - height / 2) / scale + SIDE / 2]
      // How much of the pixel a shape covers: all half a pixel inside its edge, nothing half a pixel outside.
      const covered = (distance: number) => Math.min(1, Math.max(0, 0.5 - distance * scale))
      const ink = covered(Math.min(toLine(point), toDot(point)))
      const at = row * (width * 4 + 1) + 1 + column * 4
      for (const channel of [0, 1, 2] as const) {
        lines[at + channel] = Math.round(GROUND[channel] + (INK[channel] - GROUND[channel]) * ink)
      }
      lines[at + 3] = ground === 'full' ? 255 : Math.round(255 * covered(toTile(point)))
    }
  }
  return png(width, height, lines)
}

function toLine([x, y]: Point): number {
  let nearest = Number.POSITIVE_INFINITY
  for (const [index, [bx, by]] of LINE.entries()) {
    const [ax, ay] = LINE[index - 1] ?? [bx, by]
    const length = (bx - ax) ** 2 + (by - ay) ** 2
    const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
    nearest = Math.min(nearest, Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)))
  }
  return nearest - LINE_WIDTH / 2
}

function toDot([x, y]: Point): number {
  return Math.hypot(x - DOT[0], y - DOT[1]) - DOT_RADIUS
}

function toTile([x, y]: Point): number {
  const inner = SIDE / 2 - CORNER
  const [dx, dy] = [Math.abs(x - SIDE / 2) - inner, Math.abs(y - SIDE / 2) - inner]
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - CORNER
}

/** PNG (W3C, third edition): 8 bits, RGBA, no filter. */
function png(width: number, height: number, lines: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 6, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
