import type { Histogram } from './histogram.ts'

export type Labels = Readonly<Record<string, string>>

/** A number that goes up and down, or one that only grows. */
export type PlainMetric = {
  readonly name: string
  readonly help: string
  readonly kind: 'gauge' | 'counter'
  readonly values: readonly { readonly labels?: Labels; readonly value: number }[]
}

export type HistogramMetric = {
  readonly name: string
  readonly help: string
  readonly kind: 'histogram'
  readonly values: readonly { readonly labels?: Labels; readonly histogram: Histogram }[]
}

/** One metric as it stands at this moment. Names as Prometheus wants them: base units, `_total` for what only grows. */
export type Metric = PlainMetric | HistogramMetric

/** Asked at each scrape, so that nothing counts twice and a channel that left takes its figures with it. */
export type MetricSource = () => Iterable<Metric>

/** A metric of one value. */
export function single(name: string, kind: 'gauge' | 'counter', help: string, value: number): Metric {
  return { name, help, kind, values: [{ value }] }
}

/** Prometheus' text format 0.0.4 of some metrics, each with its help even where it has no values now. */
export function exposition(metrics: Iterable<Metric>): string {
  const lines: string[] = []
  for (const metric of metrics) {
    const { name, help, kind } = metric
    lines.push(`# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${name} ${kind}`)
    if (metric.kind !== 'histogram') {
      for (const { labels, value } of metric.values) lines.push(`${name}${labelText(labels)} ${numberText(value)}`)
    } else {
      for (const { labels, histogram } of metric.values) lines.push(...histogramLines(name, labels, histogram))
    }
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function histogramLines(name: string, labels: Labels | undefined, histogram: Histogram): string[] {
  const { bounds, sum, count } = histogram
  const cumulative = histogram.cumulative()
  const bucket = (le: string, value: number): string => `${name}_bucket${labelText({ ...labels, le })} ${value}`
  return [
    ...bounds.map((bound, at) => bucket(String(bound), cumulative[at] ?? 0)),
    bucket('+Inf', count),
    `${name}_sum${labelText(labels)} ${numberText(sum)}`,
    `${name}_count${labelText(labels)} ${count}`,
  ]
}

function labelText(labels: Labels | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(
    ([name, value]) => `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
