import type { Point } from './slopes.ts'

export type Curve = { readonly name: string; readonly points: readonly Point[] }

/** One small chart: curves over one axis of time. */
export type Chart = { readonly title: string; readonly unit: string; readonly curves: readonly Curve[] }

export type Sheet = {
  readonly title: string
  /** Who was there, and under what conditions: lines of smaller words. */
  readonly about: readonly string[]
  readonly charts: readonly Chart[]
  /** Minutes from which on slopes are judged: shaded before. */
  readonly judgedFrom: number
}

const [WIDTH, CHART_HEIGHT, COLUMNS, GAP, TOP] = [960, 190, 2, 24, 80]
const INSIDE = { left: 52, right: 8, top: 26, bottom: 22 }
/** A curve of more points is not seen to have them. */
const MOST_POINTS = 360
const TICKS = 4
const MOST_TIMES = 6
/** Minutes between two times that are written, the first that needn't be written too often. */
const MINUTES = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 360, 1440]
/** Of the title's and the legend's letters, about. */
const LETTER = 6.6

/** Readable on paper of either colour, also where it is only an image of a page: it asks for itself. */
const STYLE = `text{font:12px system-ui,sans-serif;fill:#46544f}.h{font-size:15px;font-weight:600;fill:#11201c}
.t{font-weight:600;fill:#11201c}.g{stroke:#d7dfdc}.w{fill:#74817c;fill-opacity:.12}
path{fill:none;stroke-width:1.4;stroke-linejoin:round}.c0{stroke:#0b6670}.c1{stroke:#c27803}.c2{stroke:#7460a8}
.k0{fill:#0b6670}.k1{fill:#c27803}.k2{fill:#7460a8}
@media(prefers-color-scheme:dark){text{fill:#b7c4bf}.h,.t{fill:#ecf3f0}.g{stroke:#2a3633}
.c0{stroke:#5fc9d0}.c1{stroke:#e5a941}.c2{stroke:#b3a1e0}.k0{fill:#5fc9d0}.k1{fill:#e5a941}.k2{fill:#b3a1e0}}`

/** Small charts beside and below each other, as one SVG. */
export function drawSheet({ title, about, charts, judgedFrom }: Sheet): string {
  const rows = Math.ceil(charts.length / COLUMNS)
  const height = TOP + rows * (CHART_HEIGHT + GAP)
  const width = (WIDTH - GAP * (COLUMNS - 1)) / COLUMNS
  const longest = Math.max(
    1e-9,
    ...charts.flatMap(({ curves }) => curves.flatMap(({ points }) => points.at(-1)?.x ?? 0)),
  )
  const drawn = charts.map((chart, i) => {
    const [x, y] = [(i % COLUMNS) * (width + GAP), TOP + Math.floor(i / COLUMNS) * (CHART_HEIGHT + GAP)]
    return `<g transform="translate(${round(x)} ${y})">${drawChart(chart, width, longest, judgedFrom)}</g>`
  })
  const lines = about.map((line, i) => `<text x="0" y="${38 + 18 * i}">${escaped(line)}</text>`)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img"><title>${escaped(title)}</title>\n` +
    `<style>${STYLE}</style>\n<text class="h" x="0" y="18">${escaped(title)}</text>\n${lines.join('')}\n${drawn.join('\n')}\n</svg>\n`
  )
}

function drawChart({ title, unit, curves }: Chart, width: number, longest: number, judgedFrom: number): string {
  const { left, right, top, bottom } = INSIDE
  const highest = niceAbove(Math.max(0, ...curves.flatMap(({ points }) => points.map(({ y }) => y))))
  const toX = (x: number): number => round(left + (x / longest) * (width - left - right))
  const toY = (y: number): number => round(CHART_HEIGHT - bottom - (y / highest) * (CHART_HEIGHT - top - bottom))
  const heading = unit === '' ? title : `${title}, ${unit}`
  const out = [`<text class="t" x="0" y="12">${escaped(heading)}</text>`]
  let at = Math.round(LETTER * 1.1 * heading.length) + 24
  if (curves.length > 1)
    for (const [i, { name }] of curves.entries()) {
      out.push(`<circle class="k${i}" cx="${at}" cy="8" r="4"/><text x="${at + 8}" y="12">${escaped(name)}</text>`)
      at += Math.round(LETTER * name.length) + 28
    }
  const warm = Math.min(judgedFrom, longest)
  if (warm > 0)
    out.push(
      `<rect class="w" x="${left}" y="${top}" width="${round(toX(warm) - left)}" height="${CHART_HEIGHT - top - bottom}"/>`,
    )
  for (let i = 0; i <= TICKS; i++) {
    const value = (highest * i) / TICKS
    out.push(`<line class="g" x1="${left}" x2="${round(width - right)}" y1="${toY(value)}" y2="${toY(value)}"/>`)
    out.push(`<text x="${left - 6}" y="${toY(value) + 4}" text-anchor="end">${Number(value.toPrecision(3))}</text>`)
  }
  const step = MINUTES.find((each) => longest / each <= MOST_TIMES) ?? longest
  for (let minutes = 0; minutes <= longest + step / 100; minutes += step) {
    const words = minutes === 0 ? '0 min' : String(Number(minutes.toPrecision(3)))
    const anchor = minutes === 0 ? 'start' : minutes > longest - step / 4 ? 'end' : 'middle'
    out.push(`<text x="${toX(minutes)}" y="${CHART_HEIGHT - 6}" text-anchor="${anchor}">${words}</text>`)
  }
  for (const [i, { points }] of curves.entries()) out.push(`<path class="c${i}" d="${pathOf(points, toX, toY)}"/>`)
  return out.join('')
}

/** Of many points the highest of each stretch stays: what one looks for are peaks. */
function pathOf(points: readonly Point[], toX: (x: number) => number, toY: (y: number) => number): string {
  const step = Math.max(1, Math.ceil(points.length / MOST_POINTS))
  const kept: Point[] = []
  for (let i = 0; i < points.length; i += step) {
    kept.push(points.slice(i, i + step).reduce((peak, each) => (each.y > peak.y ? each : peak)))
  }
  return kept.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${toX(x)} ${toY(y)}`).join('')
}

/** The next round number: what four steps divide. */
function niceAbove(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((each) => each >= value) ?? value
}

const round = (value: number): number => Math.round(value * 10) / 10

const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)
