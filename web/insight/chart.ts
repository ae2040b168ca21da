import type uPlot from 'uplot'
import { clock } from '../words/format.ts'
import { words } from '../words/insight.ts'

/** One line of a chart. `colour` is a custom property of the design's data colours. */
export type Line = {
  readonly name: string
  readonly colour: '--data-1' | '--data-2' | '--data-3' | '--data-4'
  readonly values: readonly (number | null)[]
  /** Filled down to the axis. */
  readonly area?: boolean
}

export type ChartData = {
  /** Seconds since 1970 of each value, growing. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  /** A value as people read it. */
  readonly show: (value: number) => string
  /** The axis begins here; without it at the least value. */
  readonly from?: number
  readonly to?: number
}

/** uPlot's own form: the times, then a column a line. */
export function columns({ times, lines }: ChartData): uPlot.AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])]
}

/** Colours come from the page, so that a chart follows its theme. */
export function chartOptions(
  data: ChartData,
  box: HTMLElement,
  size: { width: number; height: number },
): uPlot.Options {
  const style = getComputedStyle(box)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const axis = {
    stroke: colour('--text-3'),
    font: `13px ${colour('--font') || 'system-ui'}`,
    ticks: { show: false },
    border: { show: false },
  }
  const grid = { stroke: colour('--line'), width: 1 }
  return {
    ...size,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: true },
      y: { range: (_, low, high) => range(data, low, high) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 90,
        size: 28,
        values: (_, marks) => marks.map((mark) => before(mark, data)),
      },
      { ...axis, grid, size: 84, space: 36, values: (_, marks) => marks.map((mark) => data.show(mark)) },
    ],
    series: [
      {},
      ...data.lines.map((line) => ({
        label: line.name,
        stroke: colour(line.colour),
        width: 2,
        points: { show: false },
        spanGaps: false,
        ...(line.area ? { fill: `color-mix(in srgb, ${colour(line.colour)} 18%, transparent)` } : {}),
      })),
    ],
  }
}

function range(data: ChartData, low: number, high: number): [number, number] {
  const from = data.from ?? low
  // A flat line of zeros has an axis too.
  return [from, data.to ?? (high > from ? from + (high - from) * 1.15 : from + 1)]
}

/** Time on the axis: how long before the newest value. */
function before(mark: number, { times }: ChartData): string {
  const seconds = Math.round((times.at(-1) ?? mark) - mark)
  return seconds <= 2 ? words.insight.charts.now : `−${clock(seconds)}`
}
