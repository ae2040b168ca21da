/** A metric as a scrape shows it. */
export type Scraped = {
  readonly name: string
  readonly help: string
  readonly kind: string
  readonly labels: readonly string[]
  readonly samples: readonly {
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly value: number
  }[]
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy

/**
 * Reads Prometheus' text format 0.0.4 strictly: every metric has HELP and TYPE, in this order and once; its samples follow.
 * @throws Error at what a scraper would refuse
 */
export function readExposition(text: string): Map<string, Scraped> {
  const metrics = new Map<string, Scraped & { labels: string[]; samples: Scraped['samples'][number][] }>()
  let help: { name: string; text: string } | undefined
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
    if (word === 'HELP') {
      if (metrics.has(name)) throw new Error(`${name} twice`)
      help = { name, text: rest }
    } else if (word === 'TYPE') {
      if (help?.name !== name) throw new Error(`${name} has a TYPE without its HELP before it`)
      metrics.set(name, { name, help: help.text, kind: rest, labels: [], samples: [] })
    } else {
      const sample = SAMPLE.exec(line)
      if (sample === null) throw new Error(`no sample: ${line}`)
      const metric = metrics.get(help?.name ?? '')
      const suffix = (sample[1] ?? '').slice(metric?.name.length ?? 0)
      const fits =
        metric?.kind === 'histogram'
          ? ['_bucket', '_sum', '_count']
          : metric?.kind === 'summary'
            ? ['', '_sum', '_count']
            : ['']
      if (metric === undefined || !fits.includes(suffix) || !sample[1]?.startsWith(metric.name)) {
        throw new Error(`a sample in the wrong place: ${line}`)
      }
      const labels = readLabels(sample[2] ?? '')
      for (const label of Object.keys(labels)) {
        if (label !== 'le' && !metric.labels.includes(label)) metric.labels.push(label)
      }
      metric.samples.push({ name: sample[1], labels, value: Number(sample[3]?.replace('+Inf', 'Infinity')) })
    }
  }
  return metrics
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  let end = 0
  for (let match = LABEL.exec(text); match !== null; match = LABEL.exec(text)) {
    labels[match[1] ?? ''] = match[2] ?? ''
    end = LABEL.lastIndex
  }
  if (end !== text.length) throw new Error(`labels: ${text}`)
  return labels
}

/** What `promtool check metrics` complains of, as far as it matters here. */
export function complaints({ name, help, kind, labels }: Scraped): string[] {
  const found: string[] = []
  if (!/^[a-z][a-z0-9_]*$/.test(name)) found.push('a name is in snake case')
  if (help === '') found.push('there is no help')
  if ((kind === 'counter') !== name.endsWith('_total')) found.push('counters end in _total, and nothing else does')
  if (/_(bucket|sum|count)$/.test(name)) found.push('the ending belongs to histograms')
  if (/(millisecond|_ms$|_ms_|kilobyte|_kb|_mb|percent|minutes|hours)/.test(name)) found.push('not a base unit')
  if (kind === 'histogram' && !/_(seconds|bytes|ratio|bits_per_second)$/.test(name))
    found.push('a histogram names its unit')
  if (/_(gauge|counter|histogram)(_|$)/.test(name)) found.push('the kind is in the name')
  for (const label of labels) if (!/^[a-z][a-z0-9_]*$/.test(label)) found.push(`the label ${label}`)
  return found
}
